import { isExactNumber } from '../json/exact-number.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json.js';
import { formsOf } from './secret-forms.js';

const REPLACEMENT = '********';
const MIN_SECRET_LENGTH = 4;
/** What stands where a text was cut short. */
const CUTS = /\.\.\.|…/g;

/**
 * Every secret value this process has met, and the one place that takes them out of text.
 *
 * Values come from secret settings, from the secret fields of block documents and configurations, and from secret
 * variables; loggers, error printers, state messages and dumps pass their text through {@link redact}.
 */
export class SecretRegistry {
  readonly #values = new Set<string>();
  readonly #forms = new Set<string>();
  #longestFirst: readonly string[] | null = null;

  /** Remembers a value. Values shorter than four characters are not kept: hiding them would garble every text. */
  add(value: string): void {
    if (value.length < MIN_SECRET_LENGTH || this.#values.has(value)) return;
    this.#values.add(value);
    for (const form of formsOf(value)) if (form.length >= MIN_SECRET_LENGTH) this.#forms.add(form);
    this.#longestFirst = null;
  }

  /** Remembers every text and number in a value, at every depth. */
  addAll(value: JsonValue): void {
    if (typeof value === 'string' || typeof value === 'number' || isExactNumber(value)) this.add(String(value));
    else if (typeof value === 'object' && value !== null) {
      for (const member of Object.values(value)) this.addAll(member as JsonValue);
    }
  }

  /** The text with every known secret replaced by `********`, in whatever form it is written, also where it was cut short. */
  redact(text: string): string {
    this.#longestFirst ??= [...this.#forms].sort((a, b) => b.length - a.length);
    let redacted = text;
    for (const secret of this.#longestFirst) {
      if (redacted.includes(secret)) redacted = redacted.replaceAll(secret, REPLACEMENT);
    }
    return this.#withoutBeginnings(redacted, this.#longestFirst);
  }

  /** The value with its texts redacted, at every depth. It stays JSON, whatever the secrets are. */
  redactJson(value: JsonObject): JsonObject;
  redactJson(value: JsonValue): JsonValue;
  redactJson(value: JsonValue): JsonValue {
    if (typeof value === 'string') return this.redact(value);
    if (typeof value === 'number' || isExactNumber(value)) return this.#values.has(String(value)) ? REPLACEMENT : value;
    if (Array.isArray(value)) return value.map((item: JsonValue) => this.redactJson(item));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [this.redact(key), this.redactJson(member)]),
    );
  }

  /** A text that was cut short within a secret ends in the beginning of one. */
  #withoutBeginnings(text: string, secrets: readonly string[]): string {
    const cuts = [...text.matchAll(CUTS)].map(({ index }) => index);
    let redacted = text;
    for (const cut of cuts.reverse()) {
      const from = Math.min(...secrets.map((secret) => beginningBefore(text, cut, secret)));
      if (from < cut) redacted = `${redacted.slice(0, from)}${REPLACEMENT}${redacted.slice(cut)}`;
    }
    return redacted;
  }
}

/** Where the beginning of a secret starts that ends at the cut; the cut itself: nowhere. */
function beginningBefore(text: string, cut: number, secret: string): number {
  const first = secret.slice(0, MIN_SECRET_LENGTH);
  let found = cut;
  for (let at = text.lastIndexOf(first, cut - first.length); at >= 0 && cut - at < secret.length; ) {
    if (secret.startsWith(text.slice(at, cut))) found = at;
    if (at === 0) break;
    at = text.lastIndexOf(first, at - 1);
  }
  return found;
}
