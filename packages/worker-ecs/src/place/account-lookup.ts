import { type Clock, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import { parseArn } from '../aws/arn.js';
import type { AwsClients } from '../aws/aws-clients.js';
import { isCredentialFailure } from '../aws/errors/aws-error-facts.js';
import { BoundedMap } from '../utilities/bounded-map.js';
import { KeptLookups } from '../utilities/kept-lookups.js';

const KEPT_MS = 10 * 60_000;
const MOST_KEPT = 200;

/** Determines which account clients belong to: by ARNs in their responses, otherwise by STS, which needs no permission. */
@injectable()
export class AccountLookup {
  readonly #learned = new BoundedMap<string, string>(MOST_KEPT);
  readonly #asked: KeptLookups<string | null>;

  constructor(@inject(TOKENS.Clock) clock: Pick<Clock, 'monotonicMs'>) {
    this.#asked = new KeptLookups(clock, { freshMs: KEPT_MS, keptMs: KEPT_MS, most: MOST_KEPT });
  }

  /** Learns the account from the ARN of a resource that these clients created. */
  learn(clients: AwsClients, arn: string): void {
    const account = parseArn(arn)?.account;
    if (account) this.#learned.set(clients.key, account);
  }

  /** Null: unknown, because STS does not respond. @throws AWS's error about unusable credentials. */
  async accountOf(clients: AwsClients): Promise<string | null> {
    return this.#learned.get(clients.key) ?? (await this.#asked.get(clients.key, () => ask(clients)));
  }
}

async function ask({ sts }: AwsClients): Promise<string | null> {
  try {
    return (await sts.getCallerIdentity()).account;
  } catch (error) {
    if (isCredentialFailure(error)) throw error;
    return null;
  }
}
