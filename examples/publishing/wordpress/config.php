<?php
// WordPress' settings: all of them come from the container's environment.
//
//   WORDPRESS_DB_HOST, _PORT, _USER, _PASSWORD, _NAME   the database
//   WORDPRESS_HOST       the name that readers use, such as news.example.org
//   WORDPRESS_SECRET     one text that the keys of all sessions are made from

function landfall_setting(string $name, ?string $default = null): string
{
    $value = getenv($name);
    if ($value === false || $value === '') {
        if ($default === null) {
            error_log("wordpress: the variable $name must be set");
            http_response_code(500);
            exit(1);
        }
        return $default;
    }
    return $value;
}

define('DB_HOST', landfall_setting('WORDPRESS_DB_HOST') . ':' . landfall_setting('WORDPRESS_DB_PORT', '3306'));
define('DB_USER', landfall_setting('WORDPRESS_DB_USER'));
define('DB_PASSWORD', landfall_setting('WORDPRESS_DB_PASSWORD'));
define('DB_NAME', landfall_setting('WORDPRESS_DB_NAME'));
define('DB_CHARSET', 'utf8mb4');

// The same for all replicas, so that a session goes on at another one.
foreach (['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'] as $landfall_kind) {
    foreach (["{$landfall_kind}_KEY", "{$landfall_kind}_SALT"] as $landfall_name) {
        define($landfall_name, hash_hmac('sha256', $landfall_name, landfall_setting('WORDPRESS_SECRET')));
    }
}

// The gateway ends TLS and says so; the name is fixed, whatever a request claims.
$landfall_scheme = ($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? 'http') === 'https' ? 'https' : 'http';
define('WP_HOME', $landfall_scheme . '://' . landfall_setting('WORDPRESS_HOST'));
define('WP_SITEURL', WP_HOME);

// The image is the release: nothing is installed or changed from inside, and no outside is asked.
define('WP_CONTENT_DIR', '/usr/share/wordpress/wp-content');
define('DISALLOW_FILE_MODS', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('WP_ALLOW_MULTISITE', false);
define('WP_TEMP_DIR', '/tmp');
