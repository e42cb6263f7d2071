import type { AwsCredentialsValue } from './aws-credentials-value.js';
import type { Ec2Api } from './ec2-api.js';
import type { EcsApi } from './ecs-api.js';
import type { LogsApi } from './logs-api.js';
import type { SqsApi } from './sqs-api.js';
import type { StsApi } from './sts-api.js';

/** The services of one account and region, with one set of credentials. */
export interface AwsClients {
  /** Equal for equal credentials and region; contains no secret. */
  readonly key: string;
  readonly region: string;
  readonly ecs: EcsApi;
  readonly ec2: Ec2Api;
  readonly logs: LogsApi;
  readonly sqs: SqsApi;
  readonly sts: StsApi;
}

/** Returns the same clients for the same credentials, so that connections and temporary credentials are shared. */
export interface AwsClientsProvider {
  /**
   * Null credentials, or all members null: the standard provider chain. Does not call AWS.
   *
   * @param regionName overrides the region of the credentials.
   * @throws AwsRegionMissingError if no region is configured.
   */
  clientsFor(credentials: AwsCredentialsValue | null, regionName?: string | null): Promise<AwsClients>;
  /** Closes all connections. Safe to call twice. */
  close(): void;
}
