<?php
// Installs the site where it is not, and sets what the environment says of it. It is run by hand or
// by a job, as often as one likes; two at the same time wait for each other.
//
//   WORDPRESS_TITLE, WORDPRESS_ADMIN_USER, WORDPRESS_ADMIN_PASSWORD, WORDPRESS_ADMIN_EMAIL
//   LOADER_USER, LOADER_PASSWORD   an editor who may only use the REST API

declare(strict_types=1);

if (PHP_SAPI !== 'cli') {
    http_response_code(404);
    exit(1);
}

function say(string $text): void
{
    fwrite(STDERR, "wordpress-install: $text\n");
}

function database(int $seconds): mysqli
{
    mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
    $end = time() + $seconds;
    while (true) {
        try {
            return new mysqli(
                getenv('WORDPRESS_DB_HOST') ?: '',
                getenv('WORDPRESS_DB_USER') ?: '',
                getenv('WORDPRESS_DB_PASSWORD') ?: '',
                getenv('WORDPRESS_DB_NAME') ?: '',
                (int) (getenv('WORDPRESS_DB_PORT') ?: 3306),
            );
        } catch (mysqli_sql_exception $error) {
            if (time() >= $end) {
                say('the database cannot be used: ' . $error->getMessage());
                exit(1);
            }
            sleep(1);
        }
    }
}

$lock = database(300);
$got = $lock->query("SELECT GET_LOCK('landfall-wordpress-install', 300)")->fetch_row();
if ((int) $got[0] !== 1) {
    say('another installation does not end');
    exit(1);
}

define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = getenv('WORDPRESS_HOST') ?: 'localhost';
$_SERVER['SERVER_PROTOCOL'] = 'HTTP/1.1';
$_SERVER['REQUEST_METHOD'] = 'GET';
// The site is not asked whether it is there, and nobody gets mail.
function wp_new_blog_notification(): void {}
require '/usr/share/wordpress/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter('pre_http_request', fn () => new WP_Error('landfall', 'no requests while installing'));

$title = landfall_setting('WORDPRESS_TITLE', 'A site');
$admin = landfall_setting('WORDPRESS_ADMIN_USER', 'admin');
$password = landfall_setting('WORDPRESS_ADMIN_PASSWORD');
$email = landfall_setting('WORDPRESS_ADMIN_EMAIL', 'admin@' . landfall_setting('WORDPRESS_HOST'));

if (is_blog_installed()) {
    wp_upgrade();
    say('the site is there');
} else {
    wp_install($title, $admin, $email, true, '', $password);
    say('the site is installed');
}

update_option('blogname', $title);
update_option('permalink_structure', '/%postname%/');
update_option('default_comment_status', 'closed');
update_option('default_ping_status', 'closed');
flush_rewrite_rules(false);

/** Make or find a user whose password is what the environment says. */
function user(string $name, string $email, string $role): int
{
    $id = username_exists($name);
    if ($id === false) {
        $id = wp_insert_user([
            'user_login' => $name,
            'user_pass' => wp_generate_password(40),
            'user_email' => $email,
            'role' => $role,
        ]);
        if (is_wp_error($id)) {
            say("$name: " . $id->get_error_message());
            exit(1);
        }
    }
    return $id;
}

$id = user($admin, $email, 'administrator');
if (!wp_check_password($password, get_userdata($id)->user_pass, $id)) {
    wp_set_password($password, $id);
    say("$admin has another password now");
}

// An application password is good for the REST API alone.
$loader = landfall_setting('LOADER_USER', 'loader');
$secret = preg_replace('/[^a-z\d]/i', '', landfall_setting('LOADER_PASSWORD'));
$id = user($loader, "$loader@" . landfall_setting('WORDPRESS_HOST'), 'editor');
$known = get_user_meta($id, WP_Application_Passwords::USERMETA_KEY_APPLICATION_PASSWORDS, true) ?: [];
$matching = array_filter($known, fn (array $one): bool => WP_Application_Passwords::check_password($secret, $one['password']));
if (count($known) !== 1 || !$matching) {
    update_user_meta($id, WP_Application_Passwords::USERMETA_KEY_APPLICATION_PASSWORDS, [[
        'uuid' => wp_generate_uuid4(),
        'app_id' => '',
        'name' => 'loader',
        'password' => WP_Application_Passwords::hash_password($secret),
        'created' => time(),
        'last_used' => null,
        'last_ip' => null,
    ]]);
    update_network_option(get_main_network_id(), WP_Application_Passwords::OPTION_KEY_IN_USE, true);
    say("$loader has another password now");
}
$lock->close();
