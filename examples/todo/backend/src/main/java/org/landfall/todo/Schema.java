package org.landfall.todo;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * Makes the table as soon as the database answers, however late that is. Until then the back end
 * runs but is not ready. Replicas may do it at the same time.
 */
@Component("schema")
class Schema implements HealthIndicator {

    private static final Logger LOG = LoggerFactory.getLogger(Schema.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final String TABLE = """
            CREATE TABLE IF NOT EXISTS todo (
              id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
              title VARCHAR(200) NOT NULL,
              done BOOLEAN NOT NULL,
              created TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
            )""";

    private final JdbcTemplate database;
    private volatile boolean made;

    Schema(JdbcTemplate database) {
        this.database = database;
    }

    @EventListener(ApplicationReadyEvent.class)
    void start() {
        Thread.ofVirtual().name("schema").start(this::makeEventually);
    }

    @Override
    public Health health() {
        return (made ? Health.up() : Health.down()).build();
    }

    private void makeEventually() {
        boolean told = false;
        while (!made) {
            try {
                database.execute(TABLE);
                made = true;
                LOG.info("the database is ready");
            } catch (DataAccessException error) {
                if (!told) {
                    LOG.warn("waiting for the database: {}", error.getMostSpecificCause().getMessage());
                    told = true;
                }
                if (!pause()) {
                    return;
                }
            }
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(PAUSE);
            return true;
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
