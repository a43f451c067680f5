/** What goes between a page and the worker of its room: jobs that start, tell how they go on, and end. */

/** The jobs that a worker can do: what each gets, what it tells while it works, and what it gives back. */
export type Jobs = Readonly<
  Record<string, { readonly input: unknown; readonly update: unknown; readonly result: unknown }>
>;

/** An error as data: what `DownhillError` has, and the name of any other. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  /** of `DownhillError` */
  readonly code?: string;
  /** of `DivergenceError`: the updates that were made */
  readonly step?: number;
}

/** From the page. */
export type Order =
  | { readonly start: number; readonly job: string; readonly input: unknown }
  | { readonly stop: number }
  | { readonly pause: number }
  | { readonly resume: number };

/** From the worker. */
export type Report =
  | { readonly of: number; readonly update: unknown }
  | { readonly of: number; readonly result: unknown }
  | { readonly of: number; readonly failure: Failure };
