import { Field, type JsonObject, Model } from '@worker-host/core';
import type { AssumeRoleValue, AwsClientParametersValue, AwsCredentialsValue } from '../aws/aws-credentials-value.js';

/** Settings of the AWS clients. */
@Model({ description: 'Settings of the AWS clients.' })
export class AwsClientParameters implements AwsClientParametersValue {
  @Field({
    wireName: 'api_version',
    type: 'string?',
    title: 'API Version',
    description: 'Version of the AWS API. Default: the newest one.',
  })
  apiVersion: string | null = null;

  @Field({
    wireName: 'use_ssl',
    type: 'boolean',
    default: true,
    title: 'Use SSL',
    description: 'Whether connections to AWS are encrypted.',
  })
  useSsl = true;

  @Field({
    wireName: 'verify',
    type: 'boolean|path?',
    title: 'Verify',
    description: 'Whether certificates are verified, or the path of the certificates to verify them with.',
  })
  verifyOption: boolean | string | null = null;

  @Field({
    wireName: 'verify_cert_path',
    type: 'path?',
    title: 'Certificate Authority Bundle File Path',
    description: 'Path of a bundle of certificate authorities to trust.',
  })
  verifyCertPath: string | null = null;

  @Field({
    wireName: 'endpoint_url',
    type: 'string?',
    title: 'Endpoint URL',
    description: 'Endpoint to use instead of the default one of the service.',
  })
  endpointUrl: string | null = null;

  @Field({
    wireName: 'config',
    type: 'object?',
    title: 'Botocore Config',
    description:
      'Settings of the client, with the names of botocore. The worker logs a warning for those without effect.',
  })
  config: JsonObject | null = null;

  get verify(): boolean | string {
    return this.verifyOption ?? true;
  }
}

/** Parameters of AssumeRole, with the names of the AWS API. */
@Model({ description: 'Parameters of AssumeRole, with the names of the AWS API.' })
export class AssumeRoleParameters implements AssumeRoleValue {
  @Field({
    wireName: 'RoleSessionName',
    type: 'string?',
    title: 'Role Session Name',
    description: 'Name of the session. Default: a generated one.',
  })
  RoleSessionName: string | null = null;
  @Field({
    wireName: 'DurationSeconds',
    type: 'integer?',
    title: 'Duration Seconds',
    description: 'Duration of the session in seconds.',
  })
  DurationSeconds: number | null = null;
  @Field({
    wireName: 'Policy',
    type: 'string?',
    title: 'Policy',
    description: 'A policy, as a JSON string, that restricts the session.',
  })
  Policy: string | null = null;
  @Field({
    wireName: 'PolicyArns',
    type: 'list<map<string>>?',
    title: 'Policy ARNs',
    description: 'Managed policies that restrict the session.',
  })
  PolicyArns: { arn?: string }[] | null = null;
  @Field({ wireName: 'Tags', type: 'list<map<string>>?', title: 'Tags', description: 'Tags of the session.' })
  Tags: { Key: string; Value: string }[] | null = null;
  @Field({
    wireName: 'TransitiveTagKeys',
    type: 'list<string>?',
    title: 'Transitive Tag Keys',
    description: 'Keys of session tags that are passed on in role chaining.',
  })
  TransitiveTagKeys: string[] | null = null;
  @Field({
    wireName: 'ExternalId',
    type: 'string?',
    title: 'External ID',
    description: 'Identifier that the owner of the role requires from third parties.',
  })
  ExternalId: string | null = null;
  @Field({
    wireName: 'SerialNumber',
    type: 'string?',
    title: 'Serial Number',
    description: 'Serial number or ARN of the MFA device.',
  })
  SerialNumber: string | null = null;
  @Field({ wireName: 'TokenCode', type: 'string?', title: 'Token Code', description: 'Code shown by the MFA device.' })
  TokenCode: string | null = null;
  @Field({
    wireName: 'SourceIdentity',
    type: 'string?',
    title: 'Source Identity',
    description: 'Source identity of the session, for the audit trail.',
  })
  SourceIdentity: string | null = null;
  @Field({
    wireName: 'ProvidedContexts',
    type: 'list<map<string>>?',
    title: 'Provided Contexts',
    description: 'Trusted context assertions of the session.',
  })
  ProvidedContexts: { ProviderArn?: string; ContextAssertion?: string }[] | null = null;
}

/** Credentials of the AWS clients. All empty: the standard provider chain of the worker's machine. */
@Model({
  description: 'Credentials for AWS. Default: those of the worker.',
  schema: { block_type_slug: 'aws-credentials', block_schema_references: {}, secret_fields: ['aws_secret_access_key'] },
})
export class AwsCredentials implements AwsCredentialsValue {
  @Field({
    wireName: 'aws_access_key_id',
    type: 'string?',
    title: 'AWS Access Key ID',
    description: 'Id of an access key. Default: the credentials of the worker.',
  })
  awsAccessKeyId: string | null = null;
  @Field({
    wireName: 'aws_secret_access_key',
    type: 'string?',
    title: 'AWS Access Key Secret',
    description: 'Secret of the access key.',
    schema: { format: 'password', writeOnly: true },
    isSecret: true,
  })
  awsSecretAccessKey: string | null = null;
  @Field({
    wireName: 'aws_session_token',
    type: 'string?',
    title: 'AWS Session Token',
    description: 'Session token of a temporary access key.',
    isSecret: true,
  })
  awsSessionToken: string | null = null;
  @Field({
    wireName: 'profile_name',
    type: 'string?',
    title: 'Profile Name',
    description: "Profile of the worker's AWS configuration files.",
  })
  profileName: string | null = null;
  @Field({
    wireName: 'region_name',
    type: 'string?',
    title: 'Region Name',
    description: 'Region of the cluster.',
  })
  regionName: string | null = null;
  @Field({
    wireName: 'aws_client_parameters',
    type: { model: () => AwsClientParameters },
    title: 'AWS Client Parameters',
    description: 'Settings of the AWS clients.',
  })
  awsClientParameters: AwsClientParameters = new AwsClientParameters();
  @Field({
    wireName: 'assume_role_arn',
    type: 'string?',
    title: 'Assume Role ARN',
    description: 'ARN of a role to assume.',
  })
  assumeRoleArn: string | null = null;
  @Field({
    wireName: 'assume_role_kwargs',
    type: { model: () => AssumeRoleParameters },
    title: 'Assume Role Parameters',
    description: 'Parameters of AssumeRole.',
  })
  assumeRoleKwargs: AssumeRoleParameters = new AssumeRoleParameters();
}
