import { AwsError } from '../server/aws-error.js';
import type { IdSource } from '../server/id-source.js';

/** Temporary credentials issued by AssumeRole. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly account: string;
  readonly roleArn: string;
  readonly roleId: string;
  readonly name: string;
  readonly expiresAtMs: number;
}

/** Determines which account an access key belongs to. */
export class Sessions {
  readonly #defaultAccount: string;
  readonly #accounts: Readonly<Record<string, string>>;
  readonly #nowMs: () => number;
  readonly #ids: IdSource;
  readonly #byKey = new Map<string, Session>();

  /** @param accounts account by access key, for keys that do not belong to a session. */
  constructor(defaultAccount: string, accounts: Readonly<Record<string, string>>, nowMs: () => number, ids: IdSource) {
    this.#defaultAccount = defaultAccount;
    this.#accounts = accounts;
    this.#nowMs = nowMs;
    this.#ids = ids;
  }

  create(roleArn: string, account: string, name: string, seconds: number): Session {
    const session: Session = {
      accessKeyId: `ASIA${this.#ids.hex(16).toUpperCase()}`,
      secretAccessKey: this.#base64(30),
      sessionToken: this.#base64(96),
      account,
      roleArn,
      roleId: `AROA${this.#ids.hex(16).toUpperCase()}`,
      name,
      expiresAtMs: this.#nowMs() + seconds * 1000,
    };
    this.#byKey.set(session.accessKeyId, session);
    return session;
  }

  find(accessKeyId: string): Session | null {
    return this.#byKey.get(accessKeyId) ?? null;
  }

  /** Returns the account of a caller. Throws if its session has expired or does not exist. */
  accountOf(accessKeyId: string): string {
    const session = this.#byKey.get(accessKeyId);
    if (session === undefined) {
      const account = Object.hasOwn(this.#accounts, accessKeyId) ? this.#accounts[accessKeyId] : undefined;
      if (account !== undefined) return account;
      if (!accessKeyId.startsWith('ASIA')) return this.#defaultAccount;
      throw new AwsError('UnrecognizedClientException', 'The security token included in the request is invalid.');
    }
    if (this.#nowMs() < session.expiresAtMs) return session.account;
    throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired');
  }

  #base64(bytes: number): string {
    return Buffer.from(this.#ids.hex(bytes * 2), 'hex').toString('base64');
  }
}
