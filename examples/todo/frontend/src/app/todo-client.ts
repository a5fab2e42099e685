import { HttpClient } from '@angular/common/http';
import { Injectable, inject } from '@angular/core';
import { firstValueFrom, timeout } from 'rxjs';

import { Todo } from './todo';

/** Milliseconds until a request counts as failed. */
const LIMIT = 10_000;

/** What the container says of its environment; see the image's start script. */
interface Settings {
  readonly serverUri: string;
}

/** Talks to the back end, whose address the container was given as SERVER_URI. */
@Injectable({ providedIn: 'root' })
export class TodoClient {
  private readonly http = inject(HttpClient);
  private settings?: Settings;

  async all(): Promise<Todo[]> {
    return this.request<Todo[]>('GET', '');
  }

  async add(title: string): Promise<Todo> {
    return this.request<Todo>('POST', '', { title, done: false });
  }

  async change(todo: Todo): Promise<Todo> {
    return this.request<Todo>('PUT', `/${todo.id}`, { title: todo.title, done: todo.done });
  }

  async remove(todo: Todo): Promise<void> {
    await this.request<void>('DELETE', `/${todo.id}`);
  }

  private async request<T>(method: string, path: string, body?: object): Promise<T> {
    const { serverUri } = await this.configuration();
    const url = `${serverUri.replace(/\/+$/, '')}/api/todos${path}`;
    return firstValueFrom(this.http.request<T>(method, url, { body }).pipe(timeout(LIMIT)));
  }

  private async configuration(): Promise<Settings> {
    const answer = this.http.get<Settings>('config.json').pipe(timeout(LIMIT));
    this.settings ??= await firstValueFrom(answer);
    return this.settings;
  }
}
