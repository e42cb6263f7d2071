/** How many runs of one limit may begin. */
export interface LimitSpace {
  /** For people. */
  readonly name: string;
  readonly free: number;
}

/** The room that limits have for runs, of which each run that begins takes some. */
export class LimitRoom {
  readonly #free: Map<string, number>;

  /** @param spaces by key. @param keys the keys that runs count for, by id of the run; a key without a space has no limit. */
  constructor(
    private readonly spaces: ReadonlyMap<string, LimitSpace>,
    private readonly keys: ReadonlyMap<string, readonly string[]>,
  ) {
    this.#free = new Map([...spaces].map(([key, { free }]) => [key, free]));
  }

  /** The name of a limit of a run that is full. Null: each has room for it. */
  fullOf(flowRunId: string): string | null {
    const full = this.#keysOf(flowRunId).find((key) => (this.#free.get(key) ?? 0) <= 0);
    return full === undefined ? null : (this.spaces.get(full)?.name ?? null);
  }

  /** A run begins. */
  take(flowRunId: string): void {
    for (const key of this.#keysOf(flowRunId)) this.#free.set(key, (this.#free.get(key) ?? 0) - 1);
  }

  #keysOf(flowRunId: string): readonly string[] {
    return (this.keys.get(flowRunId) ?? []).filter((key) => this.spaces.has(key));
  }
}
