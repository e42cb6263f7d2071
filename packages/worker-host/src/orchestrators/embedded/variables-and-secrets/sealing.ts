import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { type JsonValue, parseJson, stringifyJson } from '@worker-host/core';
import { SecretUnreadableError } from '../embedded-errors.js';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts a value, bound to its name, in base64. */
export function seal(key: Buffer, name: string, value: JsonValue): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv);
  cipher.setAAD(Buffer.from(name));
  const text = Buffer.concat([cipher.update(stringifyJson(value), 'utf8'), cipher.final()]);
  return Buffer.concat([iv, text, cipher.getAuthTag()]).toString('base64');
}

/** @throws SecretUnreadableError if the value was encrypted with another key, or for another name. */
export function unseal(key: Buffer, name: string, sealedText: string): JsonValue {
  const sealed = Buffer.from(sealedText, 'base64');
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
