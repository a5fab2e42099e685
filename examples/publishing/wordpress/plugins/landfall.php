<?php
/*
 * Plugin Name: Landfall
 * Description: What differs when WordPress runs in several equal containers behind a gateway.
 */

// Loaders call from inside the cluster, where TLS has ended already.
add_filter('wp_is_application_passwords_available', '__return_true');

// Pods have no common disk: what readers see beside the posts comes with the site's content.
add_filter('user_has_cap', function (array $all): array {
    unset($all['upload_files']);
    return $all;
});

// Search has a page of its own.
add_action('template_redirect', function (): void {
    if (is_search() && !is_admin()) {
        wp_safe_redirect('/search/?' . http_build_query(['q' => get_search_query(false)]));
        exit;
    }
});
