import type { SqlValue } from './database.js';

/** What a text of the database cannot hold: a NUL, at which the library cuts it, and half of a surrogate pair. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;

/** Rows as the JSON that `json_each` reads, so that one statement serves all of them. */
export function jsonRows(rows: readonly (readonly SqlValue[])[]): string {
  const text = JSON.stringify(rows);
  return UNSTORABLE.test(text) ? JSON.stringify(rows.map((row) => row.map(storable))) : text;
}

function storable(value: SqlValue): SqlValue {
  return typeof value === 'string' ? Buffer.from(value.replaceAll('\0', '')).toString() : value;
}
