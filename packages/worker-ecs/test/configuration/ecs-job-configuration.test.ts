import { fileURLToPath } from 'node:url';
import { JobConfigurationError, type JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import { renderConfiguration, type TemplateParts } from '../support/ecs-configurations.js';

interface Rule {
  readonly rule: string;
  readonly path: string;
  readonly refused: readonly [JsonObject, TemplateParts?];
  readonly nearest: readonly [JsonObject, TemplateParts?];
}

const ROLE = 'arn:aws:iam::123456789012:role/exec';
const THIS_FILE = fileURLToPath(import.meta.url);
const LINKED = 'arn:aws:ecs:us-east-1:123456789012:task-definition/etl:1';
const containers = (...containerDefinitions: JsonObject[]): TemplateParts => ({
  taskDefinition: { containerDefinitions },
});

const RULES: readonly Rule[] = [
  {
    rule: 'a task definition or the ARN of one',
    path: 'task_definition',
    refused: [{}, { taskDefinition: {} }],
    nearest: [{ task_definition_arn: LINKED }, { taskDefinition: {} }],
  },
  {
    rule: 'an essential container',
    path: 'task_definition.containerDefinitions',
    refused: [{}, containers({ name: 'a', essential: false }, { name: 'b', essential: false })],
    nearest: [{}, containers({ name: 'a', essential: false }, { name: 'b' })],
  },
  {
    rule: 'containers in a list',
    path: 'task_definition.containerDefinitions',
    refused: [{}, { taskDefinition: { containerDefinitions: { name: 'a' } } }],
    nearest: [{}, containers({ name: 'a' })],
  },
  {
    rule: 'an execution role beside logs',
    path: 'configure_cloudwatch_logs',
    refused: [{ configure_cloudwatch_logs: true }],
    nearest: [{ configure_cloudwatch_logs: true, execution_role_arn: ROLE }],
  },
  {
    rule: 'logs beside their options',
    path: 'cloudwatch_logs_options',
    refused: [{ cloudwatch_logs_options: { 'awslogs-group': 'g' }, execution_role_arn: ROLE }],
    nearest: [
      { cloudwatch_logs_options: { 'awslogs-group': 'g' }, execution_role_arn: ROLE, configure_cloudwatch_logs: true },
    ],
  },
  {
    rule: 'a VPC beside a network',
    path: 'network_configuration',
    refused: [{ network_configuration: { subnets: ['subnet-a'] } }],
    nearest: [{ network_configuration: { subnets: ['subnet-a'] }, vpc_id: 'vpc-1' }],
  },
  {
    rule: 'a text for the cluster',
    path: 'cluster',
    refused: [{ cluster: 5 }],
    nearest: [{ cluster: '5' }],
  },
  {
    rule: 'an object for the network',
    path: 'network_configuration',
    refused: [{ network_configuration: null }],
    nearest: [{ network_configuration: {} }],
  },
  {
    rule: 'texts for labels',
    path: 'labels.a',
    refused: [{ labels: { a: 1 } }],
    nearest: [{ labels: { a: '1' } }],
  },
  {
    rule: 'texts for log options',
    path: 'cloudwatch_logs_options.max-buffer-size',
    refused: [
      { cloudwatch_logs_options: { 'max-buffer-size': 5 }, configure_cloudwatch_logs: true, execution_role_arn: ROLE },
    ],
    nearest: [
      {
        cloudwatch_logs_options: { 'max-buffer-size': '5m' },
        configure_cloudwatch_logs: true,
        execution_role_arn: ROLE,
      },
    ],
  },
  {
    rule: 'a word that means yes or no',
    path: 'auto_deregister_task_definition',
    refused: [{ auto_deregister_task_definition: 'maybe' }],
    nearest: [{ auto_deregister_task_definition: 'yes' }],
  },
  {
    rule: 'a bundle of certificates that is there',
    path: 'aws_credentials.aws_client_parameters.verify_cert_path',
    refused: [{ aws_credentials: { aws_client_parameters: { verify_cert_path: '/no/such/bundle.pem' } } }],
    nearest: [{ aws_credentials: { aws_client_parameters: { verify_cert_path: THIS_FILE } } }],
  },
  {
    rule: 'a path in verify that is there',
    path: 'aws_credentials.aws_client_parameters.verify',
    refused: [{ aws_credentials: { aws_client_parameters: { verify: '/no/such/bundle.pem' } } }],
    nearest: [{ aws_credentials: { aws_client_parameters: { verify: 'true' } } }],
  },
  {
    rule: 'a secret beside an access key',
    path: 'aws_credentials.aws_secret_access_key',
    refused: [{ aws_credentials: { aws_access_key_id: 'AKIAEXAMPLE' } }],
    nearest: [{ aws_credentials: { aws_access_key_id: 'AKIAEXAMPLE', aws_secret_access_key: 'secret' } }],
  },
  {
    rule: 'an access key beside a secret',
    path: 'aws_credentials.aws_access_key_id',
    refused: [{ aws_credentials: { aws_access_key_id: '', aws_secret_access_key: 'secret' } }],
    nearest: [{ aws_credentials: { aws_access_key_id: '', aws_secret_access_key: '' } }],
  },
  {
    rule: 'an object for the environment',
    path: 'env',
    refused: [{ env: ['A=1'] }],
    nearest: [{ env: { A: '1' } }],
  },
];

async function pathsRefused(variables: JsonObject, parts?: TemplateParts): Promise<readonly string[]> {
  try {
    await renderConfiguration(variables, parts);
    return [];
  } catch (error) {
    if (!(error instanceof JobConfigurationError)) throw error;
    return error.problems.map(({ path }) => path);
  }
}

describe('ECSJobConfiguration', () => {
  for (const { rule, path, refused, nearest } of RULES) {
    it(`requires ${rule}`, async () => {
      expect(await pathsRefused(...refused)).to.include(path);
      expect(await pathsRefused(...nearest)).to.deep.equal([]);
    });
  }

  it('reveals nothing of containers that are not a list, because they contain secrets', async () => {
    const containerDefinitions = JSON.stringify([{ environment: [{ name: 'PASSWORD', value: 'hunter2' }] }]);
    const error = await renderConfiguration({}, { taskDefinition: { containerDefinitions } }).catch((failed) => failed);

    expect(error).to.be.instanceOf(JobConfigurationError);
    expect(error.message).to.include('found a text. Try the JSON itself, not in a text.').and.not.include('hunter2');
  });

  it('reports all problems at once, wrong types and wrong combinations', async () => {
    const paths = await pathsRefused({
      cluster: 5,
      labels: { a: 1 },
      cloudwatch_logs_options: { a: 'b' },
      network_configuration: { subnets: [] },
    });

    expect(paths).to.have.members(['cluster', 'labels.a', 'cloudwatch_logs_options', 'network_configuration']);
  });

  it('reports together with them what AWS would reject later', async () => {
    const paths = await pathsRefused({
      cluster: 5,
      cpu: 256,
      memory: 9000,
      command: "echo 'open",
      labels: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`label-${index}`, 'x'])),
      configure_cloudwatch_logs: true,
      network_configuration: { subnets: Array.from({ length: 17 }, (_, index) => `subnet-${index}`) },
    });

    expect(paths).to.have.members([
      'cluster',
      'network_configuration',
      'configure_cloudwatch_logs',
      'memory',
      'command',
      'labels',
      'network_configuration.subnets',
    ]);
  });

  it('does not check a launch with missing parts', async () => {
    expect(
      await pathsRefused({ labels: { k: 'x'.repeat(300) } }, { more: { task_run_request: 'none' } }),
    ).to.deep.equal(['task_run_request']);
  });

  it('takes the container name from the definition: prefect, otherwise the first', async () => {
    const named = await renderConfiguration({}, containers({ name: 'a' }, { name: 'prefect' }));
    const first = await renderConfiguration({}, containers({ name: 'a' }, { name: 'b' }));
    const given = await renderConfiguration({ container_name: 'b' }, containers({ name: 'a' }, { name: 'b' }));

    expect([named, first, given].map(({ containerName }) => containerName)).to.deep.equal(['prefect', 'a', 'b']);
  });

  it('resolves contradictory certificate settings: no verification, or the bundle takes precedence', async () => {
    const parametersOf = async (given: JsonObject) => {
      const { awsCredentials } = await renderConfiguration({
        aws_credentials: {
          aws_access_key_id: 'AKIAEXAMPLE',
          aws_secret_access_key: 'of-the-run',
          aws_client_parameters: given,
        },
      });
      const { verify, verifyCertPath } = awsCredentials?.awsClientParameters ?? {};
      return { verify, verifyCertPath };
    };

    expect(await parametersOf({ verify: false, verify_cert_path: '/no/such/bundle.pem' })).to.deep.equal({
      verify: false,
      verifyCertPath: null,
    });
    expect(await parametersOf({ verify: THIS_FILE, verify_cert_path: THIS_FILE })).to.deep.equal({
      verify: true,
      verifyCertPath: THIS_FILE,
    });
  });

  it('removes key and auth string from the environment if secrets contain them', async () => {
    const configuration = await renderConfiguration({
      prefect_api_key_secret_arn: 'arn:key',
      prefect_api_auth_string_secret_arn: 'arn:auth',
    });

    configuration.prepareForFlowRun({
      flowRun: { id: 'run', name: 'run' } as never,
      deployment: null,
      flow: null,
      workPool: { id: 'pool', name: 'pool' },
      worker: { id: null, name: 'worker' },
      environment: { PREFECT_API_KEY: 'k', PREFECT_API_AUTH_STRING: 'a', PREFECT_API_URL: 'u' },
      workerEnvironment: {},
      prefectVersion: '3.8.8',
      defaultCommand: null,
    });

    expect(configuration.env).to.include({ PREFECT_API_URL: 'u' });
    expect(configuration.env).to.not.have.any.keys('PREFECT_API_KEY', 'PREFECT_API_AUTH_STRING');
  });
});
