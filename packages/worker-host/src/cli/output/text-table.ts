import { stripVTControlCharacters } from 'node:util';

/** A column of a table: its heading, and its behaviour if the table is too wide. */
export interface Column {
  readonly heading: string;
  /** True: cells are right-aligned. */
  readonly alignRight?: boolean;
  /** Cells can be truncated to this many characters. Absent: they are never truncated. */
  readonly least?: number;
  /**
   * If truncating is not enough, the columns with the highest numbers are omitted. Absent: the column is always shown.
   */
  readonly leaveOut?: number;
}

const BETWEEN = '  ';
const CUT = '…';

/**
 * Formats rows in columns two spaces apart, headings in capitals, no trailing spaces, a line break at the end.
 *
 * @param width characters per line; the widest cells that can be truncated are truncated first. Default: unlimited.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number = Number.POSITIVE_INFINITY,
): string {
  const widths = columns.map(({ heading }, index) =>
    Math.max(heading.length, ...rows.map((row) => visibleLength(row[index] ?? ''))),
  );
  const fitted = fittingWidths(columns, widths, width);
  const line = (cells: readonly string[]) =>
    columns
      .flatMap(({ alignRight }, index) => {
        const room = fitted[index] ?? 0;
        return room === 0 ? [] : [pad(cut(cells[index] ?? '', room), room, alignRight === true)];
      })
      .join(BETWEEN)
      .trimEnd();
  const lines = [line(columns.map(({ heading }) => heading.toUpperCase())), ...rows.map(line)];
  return `${lines.join('\n')}\n`;
}

/** Formats names and values below each other, the values in one column. */
export function renderFacts(facts: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts
    .map(([name, value]) => `${name.padEnd(width)}${BETWEEN}${value}`.trimEnd())
    .join('\n')
    .concat('\n');
}

/** Returns widths with which the table fits; 0: the column is omitted. */
function fittingWidths(columns: readonly Column[], natural: readonly number[], width: number): readonly number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, each) => sum + (each === 0 ? 0 : each + BETWEEN.length), -BETWEEN.length);
  for (;;) {
    const widest = widestToCut(columns, widths);
    if (total() <= width) return widths;
    if (widest !== null) {
      widths[widest] = (widths[widest] ?? 0) - 1;
      continue;
    }
    const least = leastNeeded(columns, widths);
    if (least === null) return widths;
    // The space of the omitted column goes to the others.
    for (const [index, each] of natural.entries()) if (widths[index] !== 0) widths[index] = each;
    widths[least] = 0;
  }
}

function widestToCut(columns: readonly Column[], widths: readonly number[]): number | null {
  let widest: number | null = null;
  for (const [index, { least = Number.POSITIVE_INFINITY }] of columns.entries()) {
    const width = widths[index] ?? 0;
    if (width > least && (widest === null || width > (widths[widest] ?? 0))) widest = index;
  }
  return widest;
}

function leastNeeded(columns: readonly Column[], widths: readonly number[]): number | null {
  let found: number | null = null;
  for (const [index, { leaveOut }] of columns.entries()) {
    if (leaveOut === undefined || widths[index] === 0) continue;
    if (found === null || leaveOut > (columns[found]?.leaveOut ?? 0)) found = index;
  }
  return found;
}

/** Coloured cells are short, and in columns that are never truncated. */
function cut(text: string, room: number): string {
  return visibleLength(text) <= room ? text : `${text.slice(0, room - 1)}${CUT}`;
}

function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}

function pad(text: string, width: number, alignRight: boolean): string {
  const padding = ' '.repeat(Math.max(0, width - visibleLength(text)));
  return alignRight ? padding + text : text + padding;
}
