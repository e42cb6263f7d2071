import { InfrastructureNotAvailable, isWorkerError } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { AwsClients, AwsClientsProvider } from '../aws/aws-clients.js';
import type { AwsCredentialsValue } from '../aws/aws-credentials-value.js';
import { credentialsFingerprint } from '../aws/credentials-fingerprint.js';
import { isCredentialFailure } from '../aws/errors/aws-error-facts.js';
import type { EcsAccountLookup } from '../ecs-parts.js';
import { ECS_TOKENS } from '../ecs-tokens.js';

/** Provides clients for existing resources, in their account and region. */
@injectable()
export class PlacedClients {
  constructor(
    @inject(ECS_TOKENS.AwsClients) private readonly clients: AwsClientsProvider,
    @inject(ECS_TOKENS.Accounts) private readonly accounts: EcsAccountLookup,
  ) {}

  /**
   * Returns clients of the region whose credentials belong to the account: the given ones, otherwise the worker's own. If their
   * account cannot be determined, the first of the given ones.
   *
   * @param what name of the resource, for the error.
   * @throws InfrastructureNotAvailable if the credentials belong to other accounts; AWS's error about unusable ones.
   */
  async in(
    { account, region }: { readonly account: string; readonly region: string },
    given: readonly (AwsCredentialsValue | null)[],
    what: string,
  ): Promise<AwsClients> {
    const others = new Set<string>();
    let unsure: AwsClients | null = null;
    let failure: unknown = null;
    for (const credentials of distinct([...given, null])) {
      try {
        const clients = await this.clients.clientsFor(credentials, region || null);
        const found = account === '' ? null : await this.accounts.accountOf(clients);
        if (found === account) return clients;
        if (found === null) unsure ??= clients;
        else others.add(found);
      } catch (error) {
        if (!isCredentialFailure(error) && !isWorkerError(error)) throw error;
        failure ??= error;
      }
    }
    if (unsure !== null) return unsure;
    if (failure !== null) throw failure;
    const reason = `it is in AWS account ${account}, but the current credentials are for ${[...others].join(', ')}`;
    throw new InfrastructureNotAvailable(what, reason);
  }

  /** Returns whether clients are known to act in an account. */
  async areIn(account: string, clients: AwsClients): Promise<boolean> {
    return (await this.accounts.accountOf(clients).catch(() => null)) === account;
  }
}

function distinct(all: readonly (AwsCredentialsValue | null)[]): readonly (AwsCredentialsValue | null)[] {
  const byFingerprint = new Map<string, AwsCredentialsValue | null>();
  for (const each of all) {
    const fingerprint = credentialsFingerprint(each);
    if (!byFingerprint.has(fingerprint)) byFingerprint.set(fingerprint, each);
  }
  return [...byFingerprint.values()];
}
