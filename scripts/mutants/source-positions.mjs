import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';

/** Maps positions in a compiled module to lines of its TypeScript source. */
export class SourcePositions {
  #map;
  #lineStarts = [0];

  /** Reads the source map next to the compiled file. */
  constructor(compiledPath, code) {
    const payload = JSON.parse(readFileSync(`${compiledPath}.map`, 'utf8'));
    this.#map = new SourceMap(payload);
    this.sourcePath = resolve(dirname(compiledPath), payload.sources[0]);
    for (let at = code.indexOf('\n'); at >= 0; at = code.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
  }

  /** Returns the source line, counted from 1, of a character offset in the compiled text. */
  lineOf(offset) {
    const line = this.#lineStarts.findLastIndex((start) => start <= offset);
    const { originalLine } = this.#map.findEntry(line, offset - this.#lineStarts[line]);
    return originalLine + 1;
  }
}
