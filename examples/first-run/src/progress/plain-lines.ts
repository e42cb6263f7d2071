import { isFinalStateType } from '@worker-host/core';
import type { JobView, Progress } from './job-view.js';
import { oneLine, type TerminalOutput } from './live-table.js';

const STATE_WIDTH = 'InfrastructurePending'.length;

/** One line for each change of a state, at the end with the last output line of the job: for logs and pipes. */
export class PlainLines implements Progress {
  readonly #shown = new Map<string, string>();

  constructor(
    private readonly output: TerminalOutput,
    private readonly secondsSinceStart: () => number,
  ) {}

  show(jobs: readonly JobView[]): void {
    const titleWidth = Math.max(...jobs.map(({ title }) => title.length));
    for (const { title, stateType, stateName, note } of jobs) {
      if (this.#shown.get(title) === stateName) continue;
      this.#shown.set(title, stateName);
      const seconds = `${this.secondsSinceStart().toFixed(1).padStart(6)}s`;
      const said = isFinalStateType(stateType) ? `  ${oneLine(note)}` : '';
      this.output.write(
        `${`${seconds}  ${stateName.padEnd(STATE_WIDTH)}  ${title.padEnd(titleWidth)}${said}`.trimEnd()}\n`,
      );
    }
  }

  end(): void {}
}
