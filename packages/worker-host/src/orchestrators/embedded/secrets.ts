import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { type BlockDocument, type JsonValue, parseJson, stringifyJson } from '@worker-host/core';
import type { EmbeddedDatabase, Row } from './database.js';
import { NotFoundError, SecretKeyMissingError, SecretKeyOtherError, SecretUnreadableError } from './embedded-errors.js';
import { assertReferenceName } from './pool-input.js';
import { numberOf, timeText } from './rows.js';
import { fingerprintOf, keyOfText, makeKeyFile, readKeyFile } from './secret-key.js';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Secrets, encrypted at rest by AES-256-GCM, each bound to its name. They are blocks of type `secret`. */
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
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, this.#keyForSealing(), iv);
      cipher.setAAD(Buffer.from(name));
      const text = Buffer.concat([cipher.update(stringifyJson(value), 'utf8'), cipher.final()]);
      this.database.run(
        `INSERT INTO secrets (name, id, sealed, updated_ms) VALUES (?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, updated_ms = excluded.updated_ms`,
        name,
        randomUUID(),
        Buffer.concat([iv, text, cipher.getAuthTag()]).toString('base64'),
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
    const sealed = Buffer.from(String(row.sealed), 'base64');
    const key = this.#keyAtHand();
    if (key === null) throw new SecretKeyMissingError(this.keyPath, this.#count());
    try {
      const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(name));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      const text = Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
      return parseJson(text.toString('utf8'));
    } catch (error) {
      throw new SecretUnreadableError(name, { cause: error });
    }
  }

  /** A new key is only made while there is nothing that an older one would be needed for. */
  #keyForSealing(): Buffer {
    const key = this.#keyAtHand();
    if (key !== null) return this.#asOnlyKey(key);
    const secrets = this.#count();
    if (secrets > 0) throw new SecretKeyMissingError(this.keyPath, secrets);
    this.#key = makeKeyFile(this.keyPath);
    return this.#asOnlyKey(this.#key);
  }

  /** A database has one key: with two of them, secrets could be read by nobody who has one. @throws SecretKeyOtherError */
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

  #keyAtHand(): Buffer | null {
    this.#key ??= this.givenKey === null ? readKeyFile(this.keyPath) : keyOfText(this.givenKey);
    return this.#key;
  }

  #count(): number {
    return numberOf(this.database.get('SELECT count(*) AS secrets FROM secrets')?.secrets) ?? 0;
  }

  #unknown(name: string): NotFoundError {
    return new NotFoundError(
      'secret',
      name,
      this.list().map((known) => known.name),
    );
  }
}
