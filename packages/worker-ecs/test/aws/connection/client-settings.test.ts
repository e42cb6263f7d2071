import { expect } from 'chai';
import type { AwsClientParametersValue, AwsCredentialsValue } from '../../../src/aws/aws-credentials-value.js';
import { decideClientSettings } from '../../../src/aws/connection/client-settings.js';

function someCredentials(parts: Partial<AwsCredentialsValue> = {}): AwsCredentialsValue {
  return {
    awsAccessKeyId: null,
    awsSecretAccessKey: null,
    awsSessionToken: null,
    profileName: null,
    regionName: null,
    awsClientParameters: null,
    assumeRoleArn: null,
    assumeRoleKwargs: null,
    ...parts,
  };
}

function someParameters(parts: Partial<AwsClientParametersValue> = {}): AwsClientParametersValue {
  return {
    apiVersion: null,
    useSsl: true,
    verify: true,
    verifyCertPath: null,
    endpointUrl: null,
    config: null,
    ...parts,
  };
}

describe('decideClientSettings', () => {
  it('uses the standard chain by default', () => {
    for (const credentials of [null, someCredentials(), someCredentials({ awsAccessKeyId: 'only the id' })]) {
      expect(decideClientSettings(credentials, {}).source).to.deep.equal({ kind: 'chain', profileName: null });
    }
  });

  it('uses the region of the credentials first, then those of the SDK and of boto', () => {
    const environment = { AWS_DEFAULT_REGION: 'eu-west-1' };
    const region = (credentials: AwsCredentialsValue | null, more: Record<string, string> = {}) =>
      decideClientSettings(credentials, { ...environment, ...more }).region;

    expect(region(null)).to.equal('eu-west-1');
    expect(region(null, { AWS_REGION: 'eu-north-1' })).to.equal('eu-north-1');
    expect(region(someCredentials({ regionName: 'ap-south-1' }))).to.equal('ap-south-1');
    expect(region(someCredentials({ profileName: 'other' }))).to.equal(null);
    expect(
      region(someCredentials({ awsClientParameters: someParameters({ config: { region_name: 'sa-east-1' } }) })),
    ).to.equal('sa-east-1');
  });

  it('has short default timeouts, and accepts those of botocore', () => {
    const own = decideClientSettings(null, {});
    const config = {
      connect_timeout: 7,
      read_timeout: 70,
      max_pool_connections: 5,
      retries: { max_attempts: 3, mode: 'adaptive' },
      use_dualstack_endpoint: true,
    };
    const told = decideClientSettings(someCredentials({ awsClientParameters: someParameters({ config }) }), {});

    expect(own).to.include({ connectionTimeoutMs: 3_000, requestTimeoutMs: 15_000, maxAttempts: null });
    expect(told).to.include({
      connectionTimeoutMs: 7_000,
      requestTimeoutMs: 70_000,
      maxConnections: 5,
      maxAttempts: 4,
      retryMode: 'adaptive',
      useDualstackEndpoint: true,
    });
  });

  it('lists settings without an effect', () => {
    const parameters = someParameters({ apiVersion: '2014-11-13', config: { signature_version: 'v4', s3: {} } });

    const { ignored } = decideClientSettings(someCredentials({ awsClientParameters: parameters }), {});

    expect(ignored).to.deep.equal([
      'aws_client_parameters.config.signature_version',
      'aws_client_parameters.config.s3',
      'aws_client_parameters.api_version',
    ]);
  });

  it('passes on the parameters of a role, without null ones', () => {
    const { role } = decideClientSettings(
      someCredentials({
        assumeRoleArn: 'arn:aws:iam::999999999999:role/launcher',
        assumeRoleKwargs: { RoleSessionName: 'worker', DurationSeconds: 3600, Policy: null, TokenCode: '123456' },
      }),
      {},
    );

    expect(role).to.deep.equal({
      arn: 'arn:aws:iam::999999999999:role/launcher',
      parameters: { RoleSessionName: 'worker', DurationSeconds: 3600 },
      mfaCode: '123456',
    });
  });

  it('verifies certificates as configured', () => {
    const verify = (parts: Partial<AwsClientParametersValue>) =>
      decideClientSettings(someCredentials({ awsClientParameters: someParameters(parts) }), {}).verify;

    expect(verify({})).to.equal(true);
    expect(verify({ verify: false, verifyCertPath: '/ca.pem' })).to.equal(false);
    expect(verify({ verify: '/own.pem' })).to.equal('/own.pem');
    expect(verify({ verifyCertPath: '/ca.pem' })).to.equal('/ca.pem');
  });

  it('uses the proxies of the environment, or those of botocore for every target', () => {
    const environment = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: '.amazonaws.com' };
    const parameters = someParameters({ config: { proxies: { https: 'http://own:3128' } } });

    expect(decideClientSettings(null, environment).proxies).to.deep.equal({
      http: null,
      https: 'http://proxy:3128',
      except: '.amazonaws.com',
    });
    expect(
      decideClientSettings(someCredentials({ awsClientParameters: parameters }), environment).proxies,
    ).to.deep.equal({ http: null, https: 'http://own:3128', except: null });
  });
});
