<?php
// The guestbook's API: routes a request, answers in JSON.
declare(strict_types=1);

require __DIR__ . '/http.php';
require __DIR__ . '/book.php';

function route(string $method, string $path): never
{
    $handlers = [
        '/api/entries' => ['GET' => 'list_entries', 'POST' => 'add_entry'],
        '/api/live' => ['GET' => 'live'],
        '/api/ready' => ['GET' => 'ready'],
    ];
    $methods = $handlers[$path] ?? null;
    if ($methods === null) {
        throw new HttpError(404, 'There is nothing here.');
    }
    $handler = $methods[$method === 'HEAD' ? 'GET' : $method] ?? null;
    if ($handler === null) {
        header('Allow: ' . implode(', ', array_keys($methods)));
        throw new HttpError(405, 'This method is not allowed here.');
    }
    $handler();
}

function live(): never
{
    answer(200, ['status' => 'live']);
}

function ready(): never
{
    (new Book())->prepare();
    answer(200, ['status' => 'ready']);
}

function list_entries(): never
{
    $limit = whole_number('limit', 20, 1, 100);
    $before = whole_number('before', PHP_INT_MAX, 1, PHP_INT_MAX);
    answer(200, ['entries' => (new Book())->entries($limit, $before)]);
}

function add_entry(): never
{
    $input = json_body();
    $entry = [];
    $problems = [];
    foreach (['name' => 80, 'text' => 1000] as $field => $longest) {
        $value = $input[$field] ?? '';
        $value = is_string($value) ? trim($value) : '';
        $length = iconv_strlen($value, 'UTF-8');
        if ($length === 0 || $length === false) {
            $problems[$field] = "The $field is missing.";
        } elseif ($length > $longest) {
            $problems[$field] = "The $field has $length characters; $longest are allowed.";
        }
        $entry[$field] = $value;
    }
    if ($problems) {
        throw new HttpError(422, implode(' ', $problems), $problems);
    }
    answer(201, ['entry' => (new Book())->add($entry['name'], $entry['text'])]);
}

try {
    route($_SERVER['REQUEST_METHOD'], parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/');
} catch (HttpError $error) {
    answer($error->status, $error->body());
} catch (PDOException $error) {
    // The message has host, port and cause, never the password.
    error_log('database: ' . $error->getMessage());
    header('Retry-After: 2');
    answer(503, ['error' => 'The guestbook cannot reach its database just now.']);
}
