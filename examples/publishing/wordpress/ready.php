<?php
// Ready means: the database answers and has the site in it.
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
try {
    $database = mysqli_init();
    $database->options(MYSQLI_OPT_CONNECT_TIMEOUT, 3);
    $database->real_connect(
        getenv('WORDPRESS_DB_HOST') ?: '',
        getenv('WORDPRESS_DB_USER') ?: '',
        getenv('WORDPRESS_DB_PASSWORD') ?: '',
        getenv('WORDPRESS_DB_NAME') ?: '',
        (int) (getenv('WORDPRESS_DB_PORT') ?: 3306),
    );
    $row = $database->query("SELECT option_value FROM wp_options WHERE option_name = 'template'")->fetch_row();
    $problem = $row ? '' : 'the site is not installed';
} catch (mysqli_sql_exception $error) {
    $problem = 'the database cannot be used';
    error_log("wordpress: not ready: {$error->getMessage()}");
}
http_response_code($problem === '' ? 200 : 503);
header('Content-Type: text/plain');
echo $problem === '' ? "ready\n" : "$problem\n";
