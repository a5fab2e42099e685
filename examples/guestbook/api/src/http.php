<?php
// Requests and answers in JSON.
declare(strict_types=1);

/** An answer that is not the wanted one: status, message, and a message for each wrong field. */
final class HttpError extends Exception
{
    public function __construct(
        public readonly int $status,
        string $message,
        private readonly array $fields = [],
    ) {
        parent::__construct($message);
    }

    public function body(): array
    {
        return ['error' => $this->getMessage()] + ($this->fields ? ['fields' => $this->fields] : []);
    }
}

function answer(int $status, array $body): never
{
    http_response_code($status);
    header('Content-Type: application/json');
    header('Cache-Control: no-store');
    header('X-Content-Type-Options: nosniff');
    echo json_encode($body, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
    exit;
}

/** The request's body as an object. Only JSON is taken: a form on another site cannot send it. */
function json_body(): array
{
    $type = strtolower(trim(explode(';', $_SERVER['CONTENT_TYPE'] ?? '')[0]));
    if ($type !== 'application/json') {
        throw new HttpError(415, 'The content type must be application/json.');
    }
    $body = json_decode((string) file_get_contents('php://input'), true, 4);
    if (!is_array($body)) {
        throw new HttpError(400, 'The body must be a JSON object.');
    }
    return $body;
}

/** A number from the query string; the default when it is not given. */
function whole_number(string $name, int $default, int $least, int $most): int
{
    $value = filter_var($_GET[$name] ?? $default, FILTER_VALIDATE_INT);
    if ($value === false || $value < $least || $value > $most) {
        throw new HttpError(400, "$name must be a whole number from $least to $most.");
    }
    return $value;
}
