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
  /** How often each value is remembered. */
  readonly #values = new Map<string, number>();
  /** In how many values each form occurs. */
  readonly #forms = new Map<string, number>();
  #longestFirst: readonly string[] | null = null;

  /** Remembers a value. Values shorter than four characters are not kept: hiding them would garble every text. */
  add(value: string): void {
    if (!this.#values.has(value)) this.#remember(value);
  }

  /** Remembers every text and number in a value, at every depth. */
  addAll(value: JsonValue): void {
    for (const text of textsOf(value)) this.add(text);
  }

  /** For secrets that are replaced by others, such as temporary keys: what is added to a scope is forgotten with it. */
  scope(): SecretScope {
    return new SecretScope(
      (value) => this.#remember(value),
      (value) => this.#forget(value),
    );
  }

  /** The text with every known secret replaced by `********`, in whatever form it is written, also where it was cut short. */
  redact(text: string): string {
    this.#longestFirst ??= [...this.#forms.keys()].sort((a, b) => b.length - a.length);
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

  #remember(value: string): void {
    if (value.length < MIN_SECRET_LENGTH) return;
    const times = this.#values.get(value) ?? 0;
    this.#values.set(value, times + 1);
    if (times > 0) return;
    for (const form of formsToFind(value)) this.#forms.set(form, (this.#forms.get(form) ?? 0) + 1);
    this.#longestFirst = null;
  }

  #forget(value: string): void {
    const times = this.#values.get(value) ?? 0;
    if (times > 1) this.#values.set(value, times - 1);
    if (times !== 1) return;
    this.#values.delete(value);
    for (const form of formsToFind(value)) {
      const values = this.#forms.get(form) ?? 0;
      if (values > 1) this.#forms.set(form, values - 1);
      else this.#forms.delete(form);
    }
    this.#longestFirst = null;
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

/** Secrets of one registry until {@link dispose} is called. What the registry knows from elsewhere too stays. */
export class SecretScope {
  #held = new Set<string>();

  constructor(
    private readonly remember: (value: string) => void,
    private readonly forget: (value: string) => void,
  ) {}

  add(value: string): void {
    if (this.#held.has(value)) return;
    this.#held.add(value);
    this.remember(value);
  }

  /** Remembers every text and number in a value, at every depth. */
  addAll(value: JsonValue): void {
    for (const text of textsOf(value)) this.add(text);
  }

  /** Safe to call twice. */
  dispose(): void {
    const held = this.#held;
    this.#held = new Set();
    for (const value of held) this.forget(value);
  }
}

function formsToFind(value: string): readonly string[] {
  return [...formsOf(value)].filter((form) => form.length >= MIN_SECRET_LENGTH);
}

/** Every text and number in a value, at every depth. */
function textsOf(value: JsonValue): string[] {
  if (typeof value === 'string' || typeof value === 'number' || isExactNumber(value)) return [String(value)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((member) => textsOf(member as JsonValue));
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
