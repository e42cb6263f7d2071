import { Field, type JsonObject, Model } from '@worker-host/core';
import type { AssumeRoleValue, AwsClientParametersValue, AwsCredentialsValue } from '../aws/aws-credentials-value.js';

/** How the clients of AWS services are made. */
@Model({ description: 'How the clients of AWS services are made.' })
export class AwsClientParameters implements AwsClientParametersValue {
  @Field({
    wireName: 'api_version',
    type: 'string?',
    title: 'API Version',
    description: 'Version of the AWS API. Left empty, the newest one.',
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
    description: 'Whether certificates are checked; or the path of the certificates to check them against.',
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
    description: 'Address to speak to in place of the one of the service.',
  })
  endpointUrl: string | null = null;

  @Field({
    wireName: 'config',
    type: 'object?',
    title: 'Botocore Config',
    description:
      'Settings of the client, by the names botocore gives them. Those with no meaning here are named in a warning.',
  })
  config: JsonObject | null = null;

  get verify(): boolean | string {
    return this.verifyOption ?? true;
  }
}

/** Parameters of the role that is assumed, by the names of AWS's own call. */
@Model({ description: "Parameters of the role that is assumed, by the names of AWS's own call." })
export class AssumeRoleParameters implements AssumeRoleValue {
  @Field({
    wireName: 'RoleSessionName',
    type: 'string?',
    title: 'Role Session Name',
    description: 'Name of the session. Left empty, one is made up.',
  })
  RoleSessionName: string | null = null;
  @Field({
    wireName: 'DurationSeconds',
    type: 'integer?',
    title: 'Duration Seconds',
    description: 'How long the credentials of the session are good, in seconds.',
  })
  DurationSeconds: number | null = null;
  @Field({
    wireName: 'Policy',
    type: 'string?',
    title: 'Policy',
    description: 'A policy, as JSON text, that narrows what the session may do.',
  })
  Policy: string | null = null;
  @Field({
    wireName: 'PolicyArns',
    type: 'list<map<string>>?',
    title: 'Policy ARNs',
    description: 'Managed policies that narrow what the session may do.',
  })
  PolicyArns: { arn?: string }[] | null = null;
  @Field({ wireName: 'Tags', type: 'list<map<string>>?', title: 'Tags', description: 'Tags of the session.' })
  Tags: { Key: string; Value: string }[] | null = null;
  @Field({
    wireName: 'TransitiveTagKeys',
    type: 'list<string>?',
    title: 'Transitive Tag Keys',
    description: 'Keys of session tags that are passed on when roles are chained.',
  })
  TransitiveTagKeys: string[] | null = null;
  @Field({
    wireName: 'ExternalId',
    type: 'string?',
    title: 'External ID',
    description: 'Identifier that the owner of the role demands of third parties.',
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
    description: 'Who stands behind the session, for the audit trail.',
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

/** Who speaks to AWS. All empty: the standard provider chain of the worker's machine. */
@Model({
  description: 'Who speaks to AWS. Left empty, the worker uses the credentials of its surroundings.',
  schema: { block_type_slug: 'aws-credentials', block_schema_references: {}, secret_fields: ['aws_secret_access_key'] },
})
export class AwsCredentials implements AwsCredentialsValue {
  @Field({
    wireName: 'aws_access_key_id',
    type: 'string?',
    title: 'AWS Access Key ID',
    description: 'Id of an access key. Left empty, the worker uses the credentials of its surroundings.',
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
    description: 'Token that belongs to a temporary access key.',
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
    description: 'Region in which clusters are looked for.',
  })
  regionName: string | null = null;
  @Field({
    wireName: 'aws_client_parameters',
    type: { model: () => AwsClientParameters },
    title: 'AWS Client Parameters',
    description: 'How the clients of AWS services are made.',
  })
  awsClientParameters: AwsClientParameters = new AwsClientParameters();
  @Field({
    wireName: 'assume_role_arn',
    type: 'string?',
    title: 'Assume Role ARN',
    description: 'ARN of a role that is assumed before anything is done.',
  })
  assumeRoleArn: string | null = null;
  @Field({
    wireName: 'assume_role_kwargs',
    type: { model: () => AssumeRoleParameters },
    title: 'Assume Role Parameters',
    description: 'Parameters of the role that is assumed.',
  })
  assumeRoleKwargs: AssumeRoleParameters = new AssumeRoleParameters();
}
