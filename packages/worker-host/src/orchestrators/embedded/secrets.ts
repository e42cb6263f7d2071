import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BlockDocument, JsonValue } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from './database.js';
import { DataDirectoryError, NotFoundError, SecretUnreadableError } from './embedded-errors.js';
import { timeText } from './rows.js';

const KEY_FILE = 'secret.key';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Secrets, encrypted at rest by AES-256-GCM, each bound to its name. They are blocks of type `secret`. */
export class Secrets {
  #key: Buffer | null = null;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly home: string,
    private readonly givenKey: string | null,
    private readonly nowMs: () => number,
  ) {}

  list(): readonly { readonly name: string; readonly updated: string }[] {
    return this.database
      .all('SELECT name, updated_ms FROM secrets ORDER BY name')
      .map((row) => ({ name: String(row.name), updated: timeText(row.updated_ms) ?? '' }));
  }

  set(name: string, value: JsonValue): void {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#keyOf(), iv);
    cipher.setAAD(Buffer.from(name));
    const sealed = Buffer.concat([
      iv,
      cipher.update(JSON.stringify(value), 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    this.database.run(
      `INSERT INTO secrets (name, id, sealed, updated_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, updated_ms = excluded.updated_ms`,
      name,
      randomUUID(),
      sealed,
      this.nowMs(),
    );
  }

  /** @throws NotFoundError, SecretUnreadableError */
  read(name: string): JsonValue {
    const row = this.database.get('SELECT * FROM secrets WHERE name = ?', name);
    if (row) return this.#open(row);
    throw new NotFoundError(
      'secret',
      name,
      this.list().map((known) => known.name),
    );
  }

  delete(name: string): void {
    if (this.database.run('DELETE FROM secrets WHERE name = ?', name) === 0) this.read(name);
  }

  /** The secret as a block document; null: there is none. */
  findBlock(column: 'name' | 'id', value: string): BlockDocument | null {
    const row = this.database.get(`SELECT * FROM secrets WHERE ${column} = ?`, value);
    if (!row) return null;
    return {
      id: String(row.id),
      typeSlug: 'secret',
      name: String(row.name),
      data: { value: this.#open(row) },
      secretFields: ['value'],
    };
  }

  #open(row: Row): JsonValue {
    const name = String(row.name);
    const sealed = Buffer.from(row.sealed as Uint8Array);
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#keyOf(), sealed.subarray(0, IV_BYTES));
      decipher.setAAD(Buffer.from(name));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      const text = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      return JSON.parse(text.toString('utf8')) as JsonValue;
    } catch (error) {
      throw new SecretUnreadableError(name, { cause: error });
    }
  }

  #keyOf(): Buffer {
    this.#key ??= this.givenKey ? createHash('sha256').update(this.givenKey).digest() : this.#keyFromFile();
    return this.#key;
  }

  #keyFromFile(): Buffer {
    const path = join(this.home, KEY_FILE);
    try {
      writeFileSync(path, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
        throw new DataDirectoryError(this.home, `the key file ${KEY_FILE} cannot be written`, { cause: error });
      }
    }
    const key = readFileSync(path);
    if (key.length !== KEY_BYTES) throw new DataDirectoryError(this.home, `the key file ${KEY_FILE} is damaged`);
    return key;
  }
}
