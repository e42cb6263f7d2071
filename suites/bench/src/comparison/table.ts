import type { Row, Spread } from './rows.js';

/** An infinite time. */
const NEVER = 'never';

/** The rows as a table of Markdown, with aligned columns. */
export function tableOf(rows: readonly Row[], peer: string): string {
  const heads = ['measure', peer, 'worker-host', 'ratio', 'goal', 'result'];
  const lines = rows.map((row) => [
    row.title,
    row.peer === null ? '–' : textOf(row.peer, row.unit),
    textOf(row.ours, row.unit),
    row.ratio === null ? '–' : numberOf(row.ratio),
    row.goal === null ? '–' : withUnit(numberOf(row.goal), row.unit),
    resultOf(row),
  ]);
  const widths = heads.map((head, column) =>
    Math.max(...[head, ...lines.map((line) => line[column] ?? '')].map((cell) => cell.length)),
  );
  const aligned = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  return [aligned(heads), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...lines.map(aligned)].join(
    '\n',
  );
}

/** `met`, or by how much the goal is missed; empty without a goal. */
export function resultOf({ distance }: Row): string {
  if (distance === null) return '';
  return distance === 0 ? 'met' : `${Math.ceil(distance * 100)} % off`;
}

function textOf({ min, median, max, count }: Spread, unit: string): string {
  const spread = count > 1 ? ` (${numberOf(min)} to ${numberOf(max)})` : '';
  return withUnit(numberOf(median), unit) + spread;
}

function withUnit(number: string, unit: string): string {
  return unit === '' || number === NEVER ? number : `${number} ${unit}`;
}

/** With three significant digits. */
function numberOf(value: number): string {
  if (!Number.isFinite(value)) return NEVER;
  if (value >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(value < 0.1 ? 2 : 3)));
}
