import type { JsonObject } from '@worker-host/core';

/** Options of clients in addition to their credentials. */
export interface AwsClientParametersValue {
  /** Null: the client's default. The JavaScript SDK has no equivalent; a value is reported in a warning. */
  readonly apiVersion: string | null;
  readonly useSsl: boolean;
  /** True: certificates are verified; false: they are not; a path: they are verified against that file. */
  readonly verify: boolean | string;
  /** Path of a CA bundle; used if `verify` is true. */
  readonly verifyCertPath: string | null;
  readonly endpointUrl: string | null;
  /** Keys of botocore's `Config`. */
  readonly config: JsonObject | null;
}

/** Parameters of AssumeRole, with the names of AWS. */
export interface AssumeRoleValue {
  readonly RoleSessionName?: string | null;
  readonly DurationSeconds?: number | null;
  readonly Policy?: string | null;
  readonly PolicyArns?: readonly { readonly arn?: string }[] | null;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] | null;
  readonly TransitiveTagKeys?: readonly string[] | null;
  readonly ExternalId?: string | null;
  readonly SerialNumber?: string | null;
  readonly TokenCode?: string | null;
  readonly SourceIdentity?: string | null;
  readonly ProvidedContexts?: readonly { readonly ProviderArn?: string; readonly ContextAssertion?: string }[] | null;
}

/** Credentials in a configuration; every member can be null. All null: the standard provider chain. */
export interface AwsCredentialsValue {
  readonly awsAccessKeyId: string | null;
  readonly awsSecretAccessKey: string | null;
  readonly awsSessionToken: string | null;
  readonly profileName: string | null;
  readonly regionName: string | null;
  readonly awsClientParameters: AwsClientParametersValue | null;
  readonly assumeRoleArn: string | null;
  readonly assumeRoleKwargs: AssumeRoleValue | null;
}
