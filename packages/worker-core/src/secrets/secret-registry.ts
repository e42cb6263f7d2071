import type { JsonObject, JsonValue } from '../json/json.js';
import { leavesOf, replaceInJson } from './redact-json.js';
import { SecretIndex } from './secret-index.js';

const REPLACEMENT = '********';
const MIN_SECRET_LENGTH = 4;

/**
 * Every secret value that this process knows, and the only place that redacts text.
 *
 * Secrets come from secret settings, from secret fields of block documents and configurations, and from secret variables.
 * Loggers, error printers, state messages and dumps pass their text through {@link redact}. Add the secrets of one run to a
 * {@link scope}, which removes them with the run.
 *
 * Redacting takes linear time in the text, for any text and any number of secrets. Adding or removing a secret takes linear
 * time in the secret. A secret takes about 40 bytes of memory per character, several times that if it has lines, spaces, quotes
 * or accents.
 *
 * Values of less than four characters, common words and numbers (`true`, `admin`, `8080`) and rules such as `----` are never
 * redacted, and plain words and numbers of a few characters only as whole words: otherwise texts would become unreadable.
 */
export class SecretRegistry {
  /** Shared with all scopes. */
  readonly #index: SecretIndex;
  /** Secrets added to this registry itself. Null: none yet, as in most scopes. */
  #held: Set<string> | null = null;

  /** @param parent registry to share secrets with. Null: this is the first registry of the process. */
  constructor(parent: SecretRegistry | null = null) {
    this.#index = parent === null ? new SecretIndex() : parent.#index;
  }

  /** Adds a secret. */
  add(value: string): void {
    if (value.length < MIN_SECRET_LENGTH || this.#held?.has(value)) return;
    this.#held ??= new Set();
    this.#held.add(value);
    this.#index.add(value);
  }

  /** Adds every text and number in a value, at any depth. */
  addAll(value: JsonValue): void {
    for (const leaf of leavesOf(value)) this.add(String(leaf));
  }

  /**
   * Returns the text with every known secret replaced by `********`, in any encoding, also if the text was truncated within it.
   * Includes the secrets of all scopes.
   */
  redact(text: string): string {
    return this.#index.redact(text, REPLACEMENT);
  }

  /** Returns the value with its texts redacted, at any depth. The result is always valid JSON. */
  redactJson(value: JsonObject): JsonObject;
  redactJson(value: JsonValue): JsonValue;
  redactJson(value: JsonValue): JsonValue {
    return replaceInJson(value, {
      text: (text) => this.redact(text),
      number: (number) => (this.#index.has(String(number)) ? REPLACEMENT : number),
    });
  }

  /**
   * Creates a registry for secrets that are removed together, such as those of a run, or keys that are rotated. See {@link
   * SecretScope}.
   */
  scope(): SecretScope {
    return new SecretScope(this);
  }

  /** Removes what was added to this registry, except what another registry holds as well. */
  protected forgetAll(): void {
    for (const value of this.#held ?? []) this.#index.remove(value);
    this.#held = null;
  }
}

/**
 * A registry that shares its secrets with its parent until {@link dispose} is called. A secret in several scopes is redacted
 * until the last of them is disposed of.
 */
export class SecretScope extends SecretRegistry {
  #isDisposed = false;

  constructor(private readonly parent: SecretRegistry) {
    super(parent);
  }

  /** Adds a secret; after {@link dispose}, to the parent, so that it is redacted nevertheless. */
  override add(value: string): void {
    if (this.#isDisposed) this.parent.add(value);
    else super.add(value);
  }

  /** Removes the scope's secrets. Call it after the last text about them was written. Safe to call twice. */
  dispose(): void {
    this.#isDisposed = true;
    this.forgetAll();
  }
}
