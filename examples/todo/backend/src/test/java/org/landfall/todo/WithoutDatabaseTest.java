package org.landfall.todo;

import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.autoconfigure.web.servlet.AutoConfigureMockMvc;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.web.servlet.MockMvc;

/** Nothing listens on the port of the database: the back end runs and says so. */
@SpringBootTest(properties = {
    "DB_HOST=127.0.0.1", "DB_PORT=1", "spring.datasource.hikari.connection-timeout=300"
})
@AutoConfigureMockMvc
class WithoutDatabaseTest {

    @Autowired
    private MockMvc web;

    @Test
    void itLivesButIsNotReady() throws Exception {
        web.perform(get("/actuator/health/liveness")).andExpect(status().isOk());
        web.perform(get("/actuator/health/readiness")).andExpect(status().isServiceUnavailable());
    }

    @Test
    void requestsAreToldToComeBack() throws Exception {
        web.perform(get("/api/todos"))
                .andExpect(status().isServiceUnavailable())
                .andExpect(header().exists("Retry-After"));
    }
}
