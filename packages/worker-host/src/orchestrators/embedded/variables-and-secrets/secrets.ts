import { randomUUID } from 'node:crypto';
import type { BlockDocument, JsonValue } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from '../database/database.js';
import { timeText } from '../database/rows.js';
import { NotFoundError, SecretKeyMissingError, SecretKeyOtherError } from '../embedded-errors.js';
import { assertReferenceName } from '../input/pool-input.js';
import { seal, unseal } from './sealing.js';
import { adoptKeyFile, draftKeyFile, fingerprintOf, keyOfText, makeKeyFile, readKeyFile } from './secret-key.js';

/** Secrets, encrypted at rest with AES-256-GCM, each bound to its name. They are blocks of type `secret`. */
export class Secrets {
  #key: Buffer | null = null;

  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly keyPath: string,
    private readonly givenKey: string | null,
    private readonly nowMs: () => number,
  ) {}

  list(): readonly { readonly name: string; readonly updated: string }[] {
    return this.database
      .all('SELECT name, updated_ms FROM secrets ORDER BY name')
      .map((row) => ({ name: String(row.name), updated: timeText(row.updated_ms) ?? '' }));
  }

  set(name: string, value: JsonValue): void {
    assertReferenceName('secret', name);
    this.database.write(() => {
      this.database.run(
        `INSERT INTO secrets (name, id, sealed, updated_ms) VALUES (?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, updated_ms = excluded.updated_ms`,
        name,
        randomUUID(),
        seal(this.#keyForSealing(), name, value),
        this.nowMs(),
      );
    });
  }

  /** @throws NotFoundError, SecretUnreadableError */
  read(name: string): JsonValue {
    const row = this.database.get('SELECT * FROM secrets WHERE name = ?', name);
    if (row) return this.#open(row);
    throw this.#unknown(name);
  }

  delete(name: string): void {
    if (this.database.run('DELETE FROM secrets WHERE name = ?', name) === 0) throw this.#unknown(name);
  }

  /** Returns the secret as a block document; null: there is none. */
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

  /**
   * Encrypts all secrets with a new key: the given one, or one in a new key file. Processes that use the file continue with the
   * new key; after a crash at any point, one of the two keys decrypts all secrets.
   *
   * @returns the number of secrets. @throws SecretKeyMissingError, SecretUnreadableError; then nothing is changed.
   */
  rotate(newKey: string | null): number {
    const { key, count } = this.database.write(() => {
      // Opened before the draft is written, which may contain the key of an interrupted rotation.
      const values = this.database
        .all('SELECT * FROM secrets')
        .map((row) => [String(row.name), this.#open(row)] as const);
      const key = newKey === null ? draftKeyFile(this.keyPath) : keyOfText(newKey);
      for (const [name, value] of values)
        this.database.run('UPDATE secrets SET sealed = ? WHERE name = ?', seal(key, name, value), name);
      this.database.run('INSERT OR REPLACE INTO secret_keys (id, fingerprint) VALUES (1, ?)', fingerprintOf(key));
      return { key, count: values.length };
    });
    if (newKey === null) adoptKeyFile(this.keyPath, fingerprintOf(key));
    this.#key = key;
    return count;
  }

  #open(row: Row): JsonValue {
    const key = this.#keyAtHand();
    if (key === null) throw new SecretKeyMissingError(this.keyPath, this.#count());
    return unseal(key, String(row.name), String(row.sealed));
  }

  /** A new key is created only if no secret needs an older one. */
  #keyForSealing(): Buffer {
    const key = this.#keyAtHand();
    if (key !== null) return this.#asOnlyKey(key);
    const secrets = this.#count();
    if (secrets > 0) throw new SecretKeyMissingError(this.keyPath, secrets);
    this.#key = makeKeyFile(this.keyPath);
    return this.#asOnlyKey(this.#key);
  }

  /** A database has one key: with two, no process could read all secrets. @throws SecretKeyOtherError */
  #asOnlyKey(key: Buffer): Buffer {
    const fingerprint = fingerprintOf(key);
    const known = this.database.get('SELECT fingerprint FROM secret_keys')?.fingerprint;
    if (known === undefined || this.#count() === 0) {
      const [first] = this.database.all('SELECT * FROM secrets LIMIT 1');
      if (first !== undefined) this.#open(first);
      this.database.run('INSERT OR REPLACE INTO secret_keys (id, fingerprint) VALUES (1, ?)', fingerprint);
    } else if (known !== fingerprint) throw new SecretKeyOtherError(this.keyPath);
    return key;
  }

  /** Returns the key, read again if the secrets now use another one. Completes an interrupted rotation. */
  #keyAtHand(): Buffer | null {
    const known = this.database.get('SELECT fingerprint FROM secret_keys')?.fingerprint;
    if (this.#key !== null && (known === undefined || fingerprintOf(this.#key) === known)) return this.#key;
    this.#key = this.givenKey === null ? readKeyFile(this.keyPath) : keyOfText(this.givenKey);
    if (this.givenKey === null && typeof known === 'string') this.#key = adoptKeyFile(this.keyPath, known) ?? this.#key;
    return this.#key;
  }

  #count(): number {
    return Number(this.database.get('SELECT count(*) AS secrets FROM secrets')?.secrets);
  }

  #unknown(name: string): NotFoundError {
    return new NotFoundError(
      'secret',
      name,
      this.list().map((known) => known.name),
    );
  }
}
