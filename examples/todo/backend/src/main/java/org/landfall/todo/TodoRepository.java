package org.landfall.todo;

import java.util.List;
import org.springframework.data.jpa.repository.JpaRepository;

/** The stored to-dos. */
interface TodoRepository extends JpaRepository<Todo, Long> {

    List<Todo> findAllByOrderByIdAsc();
}
