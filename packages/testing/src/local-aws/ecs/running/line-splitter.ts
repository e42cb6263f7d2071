import { StringDecoder } from 'node:string_decoder';

const MAX_LINE_CHARS = 262_144;

/**
 * Splits a stream of bytes into lines. Empty lines are dropped, because CloudWatch Logs accepts none; very long ones
 * are cut.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#emit(line);
    while (this.#rest.length > MAX_LINE_CHARS) {
      this.#emit(this.#rest.slice(0, MAX_LINE_CHARS));
      this.#rest = this.#rest.slice(MAX_LINE_CHARS);
    }
  }

  end(): void {
    this.#emit(this.#rest + this.#decoder.end());
    this.#rest = '';
  }

  #emit(line: string): void {
    if (line === '') return;
    for (let start = 0; start < line.length; start += MAX_LINE_CHARS) {
      this.#onLine(line.slice(start, start + MAX_LINE_CHARS));
    }
  }
}
