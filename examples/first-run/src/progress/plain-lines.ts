import type { JobView, Progress } from './job-view.js';
import type { TerminalOutput } from './live-table.js';

/** One line for each change of a state: for logs and pipes. */
export class PlainLines implements Progress {
  readonly #shown = new Map<string, string>();

  constructor(
    private readonly output: TerminalOutput,
    private readonly secondsSinceStart: () => number,
  ) {}

  show(jobs: readonly JobView[]): void {
    for (const { title, stateName } of jobs) {
      if (this.#shown.get(title) === stateName) continue;
      this.#shown.set(title, stateName);
      this.output.write(`${this.secondsSinceStart().toFixed(1).padStart(6)}s  ${stateName.padEnd(10)}  ${title}\n`);
    }
  }

  end(): void {}
}
