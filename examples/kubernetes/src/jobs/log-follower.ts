import type { Clock } from '@worker-host/core';
import type { KubernetesApi } from '../api/kubernetes-api.js';
import { CONTAINER } from './job-manifest.js';

const LIMIT_BYTES = 1_000_000;

/** Position in the log: a number of lines with the same timestamp. */
interface Cursor {
  /** RFC 3339 with nanoseconds. Empty: the beginning. */
  readonly time: string;
  readonly lines: number;
}

export interface LogLine {
  readonly message: string;
  readonly timestampMs: number;
}

/** Reads the log of a container from a cursor: the API supports whole seconds only, so lines are counted within one. */
export class LogFollower {
  #cursor: Cursor;

  constructor(
    private readonly api: KubernetesApi,
    private readonly clock: Clock,
    cursor: string | null,
  ) {
    const [time = '', lines = '0'] = cursor?.split('#') ?? [];
    this.#cursor = { time, lines: Number(lines) };
  }

  get cursor(): string {
    return `${this.#cursor.time}#${this.#cursor.lines}`;
  }

  /** Returns the lines since the last call. An incomplete line waits, unless the container has ended. */
  async read(namespace: string, pod: string, hasEnded: boolean): Promise<readonly LogLine[]> {
    const { time } = this.#cursor;
    const sinceTime = time === '' ? null : `${time.slice(0, 19)}Z`;
    const text = await this.api.readLog(namespace, pod, CONTAINER, { sinceTime, limitBytes: LIMIT_BYTES });
    const isWhole = hasEnded && Buffer.byteLength(text ?? '') < LIMIT_BYTES;
    const end = isWhole ? (text?.length ?? 0) : (text?.lastIndexOf('\n') ?? -1) + 1;
    const fresh: LogLine[] = [];
    let [moment, count] = ['', 0];
    for (const line of (text ?? '').slice(0, end).replace(/\n$/, '').split('\n')) {
      const [at = '', ...words] = line.split(' ');
      if (at === '') continue;
      count = at === moment ? count + 1 : 1;
      moment = at;
      const { time: seenTime, lines: seenLines } = this.#cursor;
      if (isBefore(at, seenTime) || (at === seenTime && count <= seenLines)) continue;
      this.#cursor = { time: at, lines: count };
      fresh.push({ message: words.join(' '), timestampMs: Date.parse(at) || this.clock.nowMs() });
    }
    return fresh;
  }
}

/** Timestamps omit trailing zeros. */
function isBefore(first: string, second: string): boolean {
  if (second === '') return false;
  const [a, b] = [first, second].map((time) => time.replace('Z', '').replace('.', '').padEnd(28, '0'));
  return (a ?? '') < (b ?? '');
}
