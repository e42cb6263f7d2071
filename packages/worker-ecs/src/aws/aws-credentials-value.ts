import type { JsonObject } from '@worker-host/core';

/** How clients are created, beside who they are. */
export interface AwsClientParametersValue {
  /** Null: the client's own. Has no meaning in the JavaScript SDK; said in a warning when set. */
  readonly apiVersion: string | null;
  readonly useSsl: boolean;
  /** True: certificates are checked; false: they are not; a path: against the certificates in that file. */
  readonly verify: boolean | string;
  /** Path of a bundle of certificates; used when `verify` is true. */
  readonly verifyCertPath: string | null;
  readonly endpointUrl: string | null;
  /** Keys of botocore's `Config`. */
  readonly config: JsonObject | null;
}

/** Parameters of AssumeRole, in AWS's own names. */
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

/** Who speaks to AWS, as a configuration says it; every member may be null. All null: the standard provider chain. */
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
