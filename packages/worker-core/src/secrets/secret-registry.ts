import type { JsonObject, JsonValue } from '../json/json.js';
import { leavesOf, replaceInJson } from './redact-json.js';
import { SecretIndex } from './secret-index.js';

const REPLACEMENT = '********';
const MIN_SECRET_LENGTH = 4;

/**
 * Every secret value this process knows, and the one place that takes them out of text.
 *
 * Values come from secret settings, from the secret fields of block documents and configurations, and from secret
 * variables; loggers, error printers, state messages and dumps pass their text through {@link redact}. A secret that
 * only one run has belongs in a {@link scope}, which forgets it with the run.
 *
 * Redacting a text takes time linear in the text, whatever it holds and however many secrets are known. Adding or
 * removing a secret takes time linear in the secret. A secret takes some 40 bytes of memory for each character, a few
 * times that where it has lines, spaces, quotes or accents.
 *
 * Values shorter than four characters, words and numbers of everyday use (`true`, `admin`, `8080`) and rules such as
 * `----` are never taken out of texts, and plain words and numbers of a few characters only where they stand alone:
 * otherwise texts would become unreadable.
 */
export class SecretRegistry {
  /** Shared with all scopes. */
  readonly #index: SecretIndex;
  /** What was added to this registry itself. */
  readonly #held = new Set<string>();

  /** @param parent shares its secrets with this registry; null: this is the first of the process. */
  constructor(parent: SecretRegistry | null = null) {
    this.#index = parent === null ? new SecretIndex() : parent.#index;
  }

  /** Remembers a value. */
  add(value: string): void {
    if (value.length < MIN_SECRET_LENGTH || this.#held.has(value)) return;
    this.#held.add(value);
    this.#index.add(value);
  }

  /** Remembers every text and number in a value, at every depth. */
  addAll(value: JsonValue): void {
    for (const leaf of leavesOf(value)) this.add(String(leaf));
  }

  /**
   * The text with every known secret replaced by `********`, in whatever form it is written, also where it was cut short.
   * Secrets of all scopes count, whichever registry is asked.
   */
  redact(text: string): string {
    return this.#index.redact(text, REPLACEMENT);
  }

  /** The value with its texts redacted, at every depth. It stays JSON, whatever the secrets are. */
  redactJson(value: JsonObject): JsonObject;
  redactJson(value: JsonValue): JsonValue;
  redactJson(value: JsonValue): JsonValue {
    return replaceInJson(value, {
      text: (text) => this.redact(text),
      number: (number) => (this.#index.has(String(number)) ? REPLACEMENT : number),
    });
  }

  /**
   * A registry for secrets that are forgotten together: those of a run, or keys that others replace. See
   * {@link SecretScope}.
   */
  scope(): SecretScope {
    return new SecretScope(this);
  }

  /** Forgets what was added to this registry, but for what another one holds as well. */
  protected forgetAll(): void {
    for (const value of this.#held) this.#index.remove(value);
    this.#held.clear();
  }
}

/**
 * A registry that shares its secrets with the one it comes from until {@link dispose} is called. A secret that several
 * scopes hold is taken out of texts until the last of them is disposed of.
 */
export class SecretScope extends SecretRegistry {
  #isDisposed = false;

  constructor(private readonly parent: SecretRegistry) {
    super(parent);
  }

  /** Remembers a value; after {@link dispose} in the registry the scope comes from, so that it is hidden nevertheless. */
  override add(value: string): void {
    if (this.#isDisposed) this.parent.add(value);
    else super.add(value);
  }

  /** Forgets the scope's secrets. Call it after the last text about them was written. Safe to call twice. */
  dispose(): void {
    this.#isDisposed = true;
    this.forgetAll();
  }
}
