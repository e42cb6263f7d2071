import { type JsonValue, stringifyJson, type Variable } from '@worker-host/core';
import type { EmbeddedDatabase } from '../database/database.js';
import { parseJson } from '../database/rows.js';
import { NotFoundError } from '../embedded-errors.js';
import { assertReferenceName } from '../input/pool-input.js';

/** Variables: named JSON values that templates refer to. */
export class Variables {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly nowMs: () => number,
  ) {}

  list(): readonly { readonly name: string; readonly value: JsonValue; readonly tags: readonly string[] }[] {
    return this.database
      .all('SELECT * FROM variables ORDER BY name')
      .map((row) => ({ name: String(row.name), value: parseJson(row.value), tags: [] }));
  }

  find(name: string): Variable | null {
    const row = this.database.get('SELECT value FROM variables WHERE name = ?', name);
    return row ? { name, value: parseJson(row.value) } : null;
  }

  read(name: string): JsonValue {
    const variable = this.find(name);
    if (variable) return variable.value;
    throw new NotFoundError(
      'variable',
      name,
      this.list().map((known) => known.name),
    );
  }

  set(name: string, value: JsonValue): void {
    assertReferenceName('variable', name);
    this.database.run(
      `INSERT INTO variables (name, value, updated_ms) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_ms = excluded.updated_ms`,
      name,
      stringifyJson(value),
      this.nowMs(),
    );
  }

  delete(name: string): void {
    if (this.database.run('DELETE FROM variables WHERE name = ?', name) === 0) this.read(name);
  }
}
