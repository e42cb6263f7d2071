import { type Stats, statSync } from 'node:fs';

/** Notices that a file was taken away or replaced while it is open: what is written then goes nowhere. */
export class FileIdentity {
  #opened: Stats | null;

  /** @param isThere false: the file comes later, and is noted when it is first seen. */
  constructor(
    private readonly path: string,
    isThere: boolean,
  ) {
    this.#opened = isThere ? factsOf(path) : null;
  }

  /** True: another file, or none, has its name now. */
  get isReplaced(): boolean {
    const facts = factsOf(this.path);
    this.#opened ??= facts;
    if (this.#opened === null) return false;
    return facts === null || facts.ino !== this.#opened.ino || facts.dev !== this.#opened.dev;
  }
}

function factsOf(path: string): Stats | null {
  return statSync(path, { throwIfNoEntry: false }) ?? null;
}
