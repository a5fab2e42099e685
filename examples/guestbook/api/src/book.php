<?php
// The entries in the database. Every request connects anew, so a database that comes later, or
// comes back, is simply found by the next request.
declare(strict_types=1);

final class Book
{
    private const TABLE = <<<'SQL'
        CREATE TABLE IF NOT EXISTS entries (
            id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
            name VARCHAR(80) NOT NULL,
            text VARCHAR(1000) NOT NULL,
            created TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
        ) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
        SQL;
    private const NO_SUCH_TABLE = '42S02';

    private readonly PDO $database;

    public function __construct()
    {
        $this->database = new PDO(
            sprintf(
                'mysql:host=%s;port=%d;dbname=%s;charset=utf8mb4',
                setting('DB_HOST'),
                (int) setting('DB_PORT', '3306'),
                setting('DB_NAME'),
            ),
            setting('DB_USER'),
            setting('DB_PASSWORD'),
            [
                PDO::ATTR_ERRMODE => PDO::ERRMODE_EXCEPTION,
                PDO::ATTR_EMULATE_PREPARES => false,
                PDO::ATTR_TIMEOUT => 3,
            ],
        );
        $this->database->exec("SET time_zone = '+00:00'");
    }

    /** Makes the table when it is not there yet. */
    public function prepare(): void
    {
        $this->database->exec(self::TABLE);
    }

    /** The newest entries with a number below $before, newest first. */
    public function entries(int $limit, int $before): array
    {
        $rows = $this->run(
            'SELECT id, name, text, created FROM entries WHERE id < ? ORDER BY id DESC LIMIT ?',
            [$before, $limit],
        )->fetchAll(PDO::FETCH_ASSOC);
        return array_map(self::entry(...), $rows);
    }

    public function add(string $name, string $text): array
    {
        $this->run('INSERT INTO entries (name, text) VALUES (?, ?)', [$name, $text]);
        $rows = $this->run(
            'SELECT id, name, text, created FROM entries WHERE id = ?',
            [(int) $this->database->lastInsertId()],
        );
        return self::entry($rows->fetch(PDO::FETCH_ASSOC));
    }

    private static function entry(array $row): array
    {
        $created = str_replace(' ', 'T', $row['created']) . 'Z';
        return ['id' => (int) $row['id'], 'created' => $created] + $row;
    }

    private function run(string $sql, array $values): PDOStatement
    {
        try {
            return $this->execute($sql, $values);
        } catch (PDOException $error) {
            if ($error->getCode() !== self::NO_SUCH_TABLE) {
                throw $error;
            }
            $this->prepare();
            return $this->execute($sql, $values);
        }
    }

    private function execute(string $sql, array $values): PDOStatement
    {
        $statement = $this->database->prepare($sql);
        foreach ($values as $index => $value) {
            $statement->bindValue($index + 1, $value, is_int($value) ? PDO::PARAM_INT : PDO::PARAM_STR);
        }
        $statement->execute();
        return $statement;
    }
}

/** A setting from the environment, or from the file that NAME_FILE names. */
function setting(string $name, ?string $default = null): string
{
    $file = getenv("{$name}_FILE");
    if ($file !== false && $file !== '') {
        $value = @file_get_contents($file);
        if ($value === false) {
            error_log("setting {$name}_FILE: $file cannot be read");
            throw new HttpError(503, 'The guestbook is not set up completely.');
        }
        return rtrim($value, "\n");
    }
    $value = getenv($name);
    if ($value === false || $value === '') {
        if ($default === null) {
            error_log("setting $name is missing");
            throw new HttpError(503, 'The guestbook is not set up completely.');
        }
        return $default;
    }
    return $value;
}
