import { stripVTControlCharacters } from 'node:util';

/** A column of a table: its heading, and whether its cells stand to the right. */
export interface Column {
  readonly heading: string;
  readonly alignRight?: boolean;
}

/** Rows in columns two spaces apart, headings in capitals, no trailing spaces, a line break at the end. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ heading }, index) =>
    Math.max(heading.length, ...rows.map((row) => visibleLength(row[index] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ alignRight }, index) => pad(cells[index] ?? '', widths[index] ?? 0, alignRight === true))
      .join('  ')
      .trimEnd();
  const lines = [line(columns.map(({ heading }) => heading.toUpperCase())), ...rows.map(line)];
  return `${lines.join('\n')}\n`;
}

/** Names and values under each other, the values in one column. */
export function renderFacts(facts: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd())
    .join('\n')
    .concat('\n');
}

function visibleLength(text: string): number {
  return stripVTControlCharacters(text).length;
}

function pad(text: string, width: number, alignRight: boolean): string {
  const padding = ' '.repeat(Math.max(0, width - visibleLength(text)));
  return alignRight ? padding + text : text + padding;
}
