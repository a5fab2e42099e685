package org.landfall.todo;

import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.delete;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.options;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.put;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.actuate.health.Status;
import org.springframework.boot.test.autoconfigure.web.servlet.AutoConfigureMockMvc;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.http.MediaType;
import org.springframework.test.context.ActiveProfiles;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.request.MockHttpServletRequestBuilder;

@SpringBootTest
@AutoConfigureMockMvc
@ActiveProfiles("test")
class TodoTest {

    @Autowired
    private MockMvc web;

    @Autowired
    private Schema schema;

    @BeforeEach
    void databaseIsReady() throws InterruptedException {
        Instant limit = Instant.now().plus(Duration.ofSeconds(30));
        while (!schema.health().getStatus().equals(Status.UP) && Instant.now().isBefore(limit)) {
            Thread.sleep(20);
        }
        assertTrue(schema.health().getStatus().equals(Status.UP));
    }

    private static MockHttpServletRequestBuilder json(MockHttpServletRequestBuilder request, String body) {
        return request.contentType(MediaType.APPLICATION_JSON).content(body);
    }

    private String add(String title) throws Exception {
        return web.perform(json(post("/api/todos"), "{\"title\": \"" + title + "\"}"))
                .andExpect(status().isCreated())
                .andExpect(jsonPath("$.title").value(title.strip()))
                .andExpect(jsonPath("$.done").value(false))
                .andReturn()
                .getResponse()
                .getHeader("Location");
    }

    @Test
    void aTodoIsAddedTickedAndDeleted() throws Exception {
        String place = add("buy milk");
        web.perform(get(place)).andExpect(jsonPath("$.title").value("buy milk"));
        web.perform(json(put(place), "{\"title\": \"buy oat milk\", \"done\": true}"))
                .andExpect(status().isOk())
                .andExpect(jsonPath("$.done").value(true));
        web.perform(get("/api/todos")).andExpect(jsonPath("$[*].title", hasItem("buy oat milk")));
        web.perform(delete(place)).andExpect(status().isNoContent());
        web.perform(delete(place)).andExpect(status().isNoContent());
        web.perform(get(place)).andExpect(status().isNotFound());
        web.perform(get("/api/todos")).andExpect(jsonPath("$[*].title", not(hasItem("buy oat milk"))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"title\": \"  \"}", "{\"title\": null}", "[]", "{"})
    void whatIsNoTodoIsRefused(String body) throws Exception {
        web.perform(json(post("/api/todos"), body)).andExpect(status().isBadRequest());
    }

    @Test
    void aTitleHasALimit() throws Exception {
        add("x".repeat(200));
        web.perform(json(post("/api/todos"), "{\"title\": \"" + "x".repeat(201) + "\"}"))
                .andExpect(status().isBadRequest());
    }

    @Test
    void aPageOfAnotherOriginMayCall() throws Exception {
        web.perform(options("/api/todos")
                        .header("Origin", "http://10.0.0.1:8081")
                        .header("Access-Control-Request-Method", "DELETE"))
                .andExpect(status().isOk())
                .andExpect(header().string("Access-Control-Allow-Origin", "*"));
    }

    @Test
    void probesTell() throws Exception {
        web.perform(get("/actuator/health/liveness")).andExpect(status().isOk());
        web.perform(get("/actuator/health/readiness")).andExpect(status().isOk());
        web.perform(get("/actuator/env")).andExpect(status().isNotFound());
    }
}
