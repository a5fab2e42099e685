package org.landfall.todo;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.config.annotation.CorsRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * The front end comes from another address, so the browser asks whether it may call. Any origin may
 * unless CORS_ORIGINS says which: there are no cookies or log-ins that another page could abuse.
 */
@Configuration
class CorsConfiguration implements WebMvcConfigurer {

    private final String[] origins;

    CorsConfiguration(@Value("${CORS_ORIGINS:*}") String[] origins) {
        this.origins = origins.clone();
    }

    @Override
    public void addCorsMappings(CorsRegistry registry) {
        registry.addMapping("/api/**")
                .allowedOrigins(origins)
                .allowedMethods("GET", "POST", "PUT", "DELETE")
                .maxAge(3600);
    }
}
