import { HttpErrorResponse } from '@angular/common/http';
import { Component, OnInit, computed, inject, signal } from '@angular/core';
import { FormsModule } from '@angular/forms';

import { Todo } from './todo';
import { TodoClient } from './todo-client';

/** The page: the list, a field to add to it, and what went wrong. */
@Component({
  selector: 'todo-root',
  imports: [FormsModule],
  templateUrl: './app.html',
})
export class App implements OnInit {
  private readonly client = inject(TodoClient);

  protected readonly todos = signal<readonly Todo[]>([]);
  protected readonly state = signal<'loading' | 'loaded' | 'failed'>('loading');
  protected readonly busy = signal(false);
  protected readonly problem = signal('');
  protected readonly left = computed(() => this.todos().filter((todo) => !todo.done).length);
  protected title = '';

  ngOnInit(): void {
    void this.load();
  }

  protected async load(): Promise<void> {
    this.state.set(this.todos().length ? 'loaded' : 'loading');
    const todos = await this.attempt('The list could not be loaded', () => this.client.all());
    if (todos) {
      this.todos.set(todos);
    }
    this.state.set(todos || this.todos().length ? 'loaded' : 'failed');
  }

  protected async add(): Promise<void> {
    const title = this.title.trim();
    if (!title || this.busy()) {
      return;
    }
    const added = await this.attempt('It could not be added', () => this.client.add(title));
    if (added) {
      this.todos.update((todos) => [...todos, added]);
      this.state.set('loaded');
      this.title = '';
    }
  }

  protected async tick(todo: Todo, box: HTMLInputElement): Promise<void> {
    const wanted = { ...todo, done: box.checked };
    const changed = await this.attempt('It could not be changed', () => this.client.change(wanted));
    box.checked = (changed ?? todo).done;
    if (changed) {
      this.todos.update((todos) => todos.map((other) => (other.id === todo.id ? changed : other)));
    }
  }

  protected async remove(todo: Todo): Promise<void> {
    const removed = await this.attempt('It could not be deleted', async () => {
      await this.client.remove(todo);
      return true;
    });
    if (removed) {
      this.todos.update((todos) => todos.filter((other) => other.id !== todo.id));
    }
  }

  /** Run a request; what fails is shown, and nothing is returned. */
  private async attempt<T>(failed: string, action: () => Promise<T>): Promise<T | undefined> {
    this.busy.set(true);
    try {
      const result = await action();
      this.problem.set('');
      return result;
    } catch (error) {
      this.problem.set(`${failed}: ${cause(error)}.`);
      return undefined;
    } finally {
      this.busy.set(false);
    }
  }
}

/** Say for people why a request failed. */
function cause(error: unknown): string {
  if (!(error instanceof HttpErrorResponse)) {
    return 'the server took too long';
  }
  if (error.status === 0) {
    return 'the server cannot be reached';
  }
  if (error.status === 404) {
    return 'it is no longer there';
  }
  return error.status === 503 ? 'the server is not ready yet' : `the server said ${error.status}`;
}
