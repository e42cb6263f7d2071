import type { ServerResponse } from 'node:http';
import type { Clock } from '@worker-host/core';

const LOOK_EVERY_MS = 500;
/** A comment prevents proxies from closing an idle stream. */
const COMMENT_EVERY_LOOKS = 30;

/** Notifies browsers of changes by server-sent events. It polls only while a browser listens. */
export class ChangeStream {
  readonly #readers = new Set<ServerResponse>();
  readonly #closing = new AbortController();
  #isLooking = false;
  #version: number | null = null;

  constructor(
    private readonly dataVersion: () => Promise<number>,
    private readonly clock: Clock,
  ) {}

  add(response: ServerResponse): void {
    this.#readers.add(response);
    response.once('close', () => this.#readers.delete(response));
    response.write('retry: 2000\n\n');
    if (!this.#isLooking) void this.#look();
  }

  /** Called when this process has changed something. */
  notify(): void {
    for (const reader of this.#readers) reader.write('event: change\ndata: {}\n\n');
  }

  close(): void {
    this.#closing.abort();
    for (const reader of this.#readers) reader.end();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    const { signal } = this.#closing;
    for (let looks = 1; this.#readers.size > 0 && !signal.aborted; looks += 1) {
      // A database that cannot be read now is read with the next poll.
      const version = await this.dataVersion().catch(() => this.#version);
      if (version !== this.#version && this.#version !== null) this.notify();
      this.#version = version;
      if (looks % COMMENT_EVERY_LOOKS === 0) for (const reader of this.#readers) reader.write(': still here\n\n');
      await this.clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
    }
    this.#isLooking = false;
    this.#version = null;
  }
}
