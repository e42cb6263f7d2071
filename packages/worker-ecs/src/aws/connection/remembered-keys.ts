import type { SecretRegistry, SecretScope } from '@worker-host/core';
import type { CredentialProvider } from './sdk-client-config.js';

/** Number of keys that stay registered: those in use, and the previous ones, which late log lines can still contain. */
const MOST_REMEMBERED = 2;

/** The keys of one set of clients, registered as secrets while they can occur in a text. */
export class RememberedKeys {
  readonly #scopes: SecretScope[] = [];
  #last = '';

  constructor(private readonly secrets: Pick<SecretRegistry, 'scope'>) {}

  /** Returns the same provider, and registers its keys as secrets. */
  of(provider: CredentialProvider): CredentialProvider {
    return async (identity) => {
      const keys = await provider(identity);
      this.#remember(keys.secretAccessKey, keys.sessionToken ?? null);
      return keys;
    };
  }

  forget(): void {
    for (const scope of this.#scopes.splice(0)) scope.dispose();
    this.#last = '';
  }

  #remember(secretAccessKey: string, sessionToken: string | null): void {
    const keys = `${secretAccessKey} ${sessionToken}`;
    if (keys === this.#last) return;
    this.#last = keys;
    const scope = this.secrets.scope();
    scope.addAll([secretAccessKey, sessionToken]);
    this.#scopes.push(scope);
    if (this.#scopes.length > MOST_REMEMBERED) this.#scopes.shift()?.dispose();
  }
}
