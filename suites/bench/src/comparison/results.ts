import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Comparison } from './comparison.js';
import type { Machine } from './machine.js';
import { launchPlot, ratioPlot } from './plots.js';
import type { Row } from './rows.js';

/** Everything about one comparison that is written down. */
export interface Results {
  readonly machine: Machine;
  /** ISO 8601. */
  readonly date: string;
  readonly peer: string;
  /** As given by `--peer`. */
  readonly command: string;
  readonly database: string;
  readonly rows: readonly Row[];
  /** All values behind the rows, and the launches. */
  readonly values: Comparison;
}

/** Writes `results.json`, `ratios.svg` and, if launches were measured, `launches.svg` into a folder that may not exist yet. */
export function writeResults(folder: string, results: Results): void {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('results.json', `${JSON.stringify(results, null, 2)}\n`);
  write('ratios.svg', ratioPlot(results.rows, results.peer));
  const { launches } = results.values;
  if (Object.keys(launches).length > 0) write('launches.svg', launchPlot(launches));
}
