package org.landfall.todo;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;
import java.net.URI;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/** Create, read, update and delete to-dos. */
@RestController
@RequestMapping("/api/todos")
class TodoController {

    /** What a client says of a to-do. */
    record Wanted(@NotBlank @Size(max = 200) String title, boolean done) {}

    private final TodoRepository todos;

    TodoController(TodoRepository todos) {
        this.todos = todos;
    }

    @GetMapping
    List<Todo> all() {
        return todos.findAllByOrderByIdAsc();
    }

    @GetMapping("/{id}")
    Todo one(@PathVariable long id) {
        return todos.findById(id).orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND));
    }

    @PostMapping
    ResponseEntity<Todo> add(@Valid @RequestBody Wanted wanted) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        Todo added = todos.save(new Todo(wanted.title().strip(), wanted.done(), now));
        return ResponseEntity.created(URI.create("/api/todos/" + added.getId())).body(added);
    }

    @PutMapping("/{id}")
    @Transactional
    public Todo change(@PathVariable long id, @Valid @RequestBody Wanted wanted) {
        Todo todo = one(id);
        todo.change(wanted.title().strip(), wanted.done());
        return todo;
    }

    /** Deleting what is not there is no error: the wish is fulfilled. */
    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void remove(@PathVariable long id) {
        todos.deleteById(id);
    }
}
