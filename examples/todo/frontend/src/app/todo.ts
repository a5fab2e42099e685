/** One thing to do, as the back end sends it. */
export interface Todo {
  readonly id: number;
  readonly title: string;
  readonly done: boolean;
  readonly created: string;
}
