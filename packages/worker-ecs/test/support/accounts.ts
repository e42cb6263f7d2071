import type { AwsClients, AwsClientsProvider } from '../../src/aws/aws-clients.js';
import type { AwsCredentialsValue } from '../../src/aws/aws-credentials-value.js';
import { someClients } from './builders.js';
import type { FakeClock } from './fake-clock.js';
import { FakeEcs } from './fake-ecs.js';

/** Credentials with a key; {@link FakeAccounts} assigns their account. */
export function keysOf(awsAccessKeyId: string, regionName: string | null = null): AwsCredentialsValue {
  return {
    awsAccessKeyId,
    awsSecretAccessKey: 'secret',
    awsSessionToken: null,
    profileName: null,
    regionName,
    awsClientParameters: null,
    assumeRoleArn: null,
    assumeRoleKwargs: null,
  };
}

/** Several accounts and regions of AWS, each with its own ECS. Keys belong to accounts; no keys: the worker's own. */
export class FakeAccounts implements AwsClientsProvider {
  /** Account by access key; the empty key is that of the worker's standard chain. */
  readonly accounts = new Map<string, string>([['', '123456789012']]);
  /** Errors with which every call with a key fails. */
  readonly failures = new Map<string, Error>();
  /** Error with which STS fails. Null: none. */
  stsFailure: Error | null = null;
  readonly #ecs = new Map<string, FakeEcs>();
  readonly #clients = new Map<string, AwsClients>();

  constructor(private readonly clock: Pick<FakeClock, 'nowMs'>) {}

  ecsOf(account: string, region: string): FakeEcs {
    const key = `${account}/${region}`;
    const ecs = this.#ecs.get(key) ?? new FakeEcs(account, region);
    ecs.nowMs = () => this.clock.nowMs();
    this.#ecs.set(key, ecs);
    return ecs;
  }

  async clientsFor(credentials: AwsCredentialsValue | null, regionName?: string | null): Promise<AwsClients> {
    const accessKey = credentials?.awsAccessKeyId ?? '';
    const region = regionName || credentials?.regionName || 'us-east-1';
    const key = `${accessKey} ${region}`;
    const account = this.accounts.get(accessKey) ?? '000000000000';
    const known = this.#clients.get(key);
    if (known) return known;
    const ecs = failing(this.ecsOf(account, region), () => this.failures.get(accessKey) ?? null);
    const sts = {
      getCallerIdentity: async () => {
        const failure = this.failures.get(accessKey) ?? this.stsFailure;
        if (failure) throw failure;
        return { account, arn: null };
      },
    };
    const made = someClients({ key, region, ecs, sts });
    this.#clients.set(key, made);
    return made;
  }

  close(): void {}
}

/** Returns the same ECS, all of whose calls fail while there is a failure. */
function failing(ecs: FakeEcs, failure: () => Error | null): FakeEcs {
  return new Proxy(ecs, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      return (...words: readonly unknown[]) => {
        const error = failure();
        return error ? Promise.reject(error) : Reflect.apply(member, target, words);
      };
    },
  });
}
