import type { SecretRegistry } from '@worker-host/core';
import type { CredentialProvider } from './sdk-client-config.js';

/** Keys that are remembered together: those in use, and those before them, which late lines of a log may still hold. */
const MOST_REMEMBERED = 2;

/** The keys of one set of clients, known to the registry of secrets while they may occur in a text. */
export class RememberedKeys {
  readonly #releases: (() => void)[] = [];
  #last = '';

  constructor(private readonly secrets: Pick<SecretRegistry, 'hold'>) {}

  /** The same provider, whose keys are remembered. */
  of(provider: CredentialProvider): CredentialProvider {
    return async (identity) => {
      const keys = await provider(identity);
      this.#remember(keys.secretAccessKey, keys.sessionToken ?? null);
      return keys;
    };
  }

  forget(): void {
    for (const release of this.#releases.splice(0)) release();
    this.#last = '';
  }

  #remember(secretAccessKey: string, sessionToken: string | null): void {
    const keys = `${secretAccessKey} ${sessionToken}`;
    if (keys === this.#last) return;
    this.#last = keys;
    this.#releases.push(this.secrets.hold([secretAccessKey, sessionToken]));
    if (this.#releases.length > MOST_REMEMBERED) this.#releases.shift()?.();
  }
}
