const REPLACEMENT = '********';
const MIN_SECRET_LENGTH = 4;

/**
 * Every secret value this process has met, and the one place that takes them out of text.
 *
 * Values come from secret settings, from the secret fields of block documents and from secret variables; loggers,
 * error printers and dumps pass their text through {@link redact}.
 */
export class SecretRegistry {
  readonly #values = new Set<string>();
  #longestFirst: readonly string[] | null = null;

  /** Remembers a value. Values shorter than four characters are not kept: hiding them would garble every text. */
  add(value: string): void {
    if (value.length < MIN_SECRET_LENGTH || this.#values.has(value)) return;
    this.#values.add(value);
    const escaped = JSON.stringify(value).slice(1, -1);
    if (escaped !== value) this.#values.add(escaped);
    this.#longestFirst = null;
  }

  /** The text with every known secret replaced by `********`. */
  redact(text: string): string {
    this.#longestFirst ??= [...this.#values].sort((a, b) => b.length - a.length);
    let redacted = text;
    for (const secret of this.#longestFirst) {
      if (redacted.includes(secret)) redacted = redacted.replaceAll(secret, REPLACEMENT);
    }
    return redacted;
  }
}
