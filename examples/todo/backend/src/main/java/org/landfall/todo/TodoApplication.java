package org.landfall.todo;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** The to-do application's back end: to-dos as JSON at /api/todos. */
@SpringBootApplication
public class TodoApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(TodoApplication.class, arguments);
    }
}
