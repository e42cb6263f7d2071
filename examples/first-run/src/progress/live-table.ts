import { stripVTControlCharacters, styleText } from 'node:util';
import type { StateType } from '@worker-host/core';
import type { JobView, Progress } from './job-view.js';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[0J';
const CLEAR_REST_OF_LINE = '\u001b[0K';
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** The part of a terminal that is used. */
export interface TerminalOutput {
  readonly columns?: number;
  write(text: string): unknown;
}

/** A table that is redrawn in place. */
export class LiveTable implements Progress {
  #drawnLines = 0;
  #turns = 0;

  constructor(private readonly output: TerminalOutput) {}

  show(jobs: readonly JobView[]): void {
    const lines = renderRows(jobs, this.output.columns ?? 80, this.#turns);
    const up = this.#drawnLines === 0 ? HIDE_CURSOR : `\u001b[${this.#drawnLines}A`;
    const text = lines.map((line) => `${line}${CLEAR_REST_OF_LINE}\n`).join('');
    this.output.write(`${up}\r${text}${CLEAR_BELOW}`);
    this.#drawnLines = lines.length;
    this.#turns += 1;
  }

  end(): void {
    if (this.#drawnLines > 0) this.output.write(SHOW_CURSOR);
    this.#drawnLines = 0;
  }
}

/** Returns one line per job, none wider than the terminal. */
export function renderRows(jobs: readonly JobView[], columns: number, turn: number): readonly string[] {
  const titleWidth = Math.max(...jobs.map(({ title }) => title.length));
  const stateWidth = Math.max(...jobs.map(({ stateName }) => stateName.length), 'Completed'.length);
  return jobs.map((job) => {
    const time = job.seconds === null ? '' : `${job.seconds.toFixed(1)}s`;
    const start = `${job.title.padEnd(titleWidth)}  ${job.stateName.padEnd(stateWidth)}  ${time.padStart(6)}  `;
    const room = Math.max(0, columns - start.length - 3);
    const [sign, colour] = signOf(job.stateType, turn);
    const cut = start.slice(0, Math.max(0, columns - 3));
    return `${styleText(colour, sign)} ${styleText(colour, cut)}${styleText('dim', oneLine(job.note).slice(0, room))}`;
  });
}

/** A job can print anything; in the table it is one line of plain text. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

function signOf(
  type: StateType,
  turn: number,
): readonly [sign: string, colour: 'green' | 'red' | 'yellow' | 'cyan' | 'dim'] {
  if (type === 'COMPLETED') return ['✔', 'green'];
  if (type === 'FAILED' || type === 'CRASHED') return ['✘', 'red'];
  if (type === 'CANCELLED' || type === 'CANCELLING') return ['■', 'yellow'];
  if (type === 'SCHEDULED') return ['·', 'dim'];
  return [SPINNER[turn % SPINNER.length] ?? '*', 'cyan'];
}
