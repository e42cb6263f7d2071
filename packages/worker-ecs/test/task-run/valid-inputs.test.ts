import type { JsonObject } from '@worker-host/core';
import { silentLogger } from '@worker-host/core';
import { expect } from 'chai';
import { aFlowRun, someClients } from '../support/builders.js';
import { renderConfiguration, type TemplateParts } from '../support/ecs-configurations.js';
import { aTaskRunPreparer } from '../support/ecs-container.js';
import { FakeEcs } from '../support/fake-ecs.js';

const ROLE = 'arn:aws:iam::123456789012:role/execution';

function definition(parts: JsonObject, container: JsonObject = {}): TemplateParts {
  const containerDefinitions = [{ name: 'prefect', image: 'python:3.12', ...container }];
  return { taskDefinition: { executionRoleArn: ROLE, containerDefinitions, ...parts } };
}

const request = (parts: JsonObject): TemplateParts => ({
  taskRunRequest: { launchType: '{{ launch_type }}', cluster: '{{ cluster }}', ...parts },
});
const logs = (logDriver: string, options: JsonObject, more: JsonObject = {}): TemplateParts =>
  definition({ networkMode: 'bridge' }, { logConfiguration: { logDriver, options, ...more } });
const router = (type: string, options: JsonObject): JsonObject => ({
  name: 'log_router',
  image: 'router:stable',
  essential: true,
  user: '0',
  firelensConfiguration: { type, options },
});
const firelens = (options: JsonObject): TemplateParts =>
  definition({
    containerDefinitions: [
      router('fluentbit', { 'enable-ecs-log-metadata': 'true' }),
      { name: 'prefect', image: 'app', logConfiguration: { logDriver: 'awsfirelens', options } },
    ],
  });

/** Minimal forms that users write and AWS accepts. Rejecting one of them is the worst kind of defect. */
const VALID: Readonly<Record<string, readonly [variables: JsonObject, parts?: TemplateParts]>> = {
  'the defaults': [{}],
  'the smallest task of Fargate': [{ cpu: 256, memory: 512 }],
  'the biggest pair of Fargate': [{ cpu: 16384, memory: 122880 }],
  'sizes with units': [definitionSizes('.5 vCPU', '1 GB')[0], definitionSizes('.5 vCPU', '1 GB')[1]],
  'a registry of Amazon by digest': [
    { image: `123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/etl@sha256:${'9a1f500c'.repeat(8)}` },
  ],
  'a registry with a port': [{ image: 'registry.corp:5000/team/etl:v1.503' }],
  'Fargate Spot': [{ launch_type: 'FARGATE_SPOT' }],
  'Spot beside on demand': [
    {
      capacity_provider_strategy: [
        { capacityProvider: 'FARGATE_SPOT', weight: 3 },
        { capacityProvider: 'FARGATE', weight: 1, base: 1 },
      ],
    },
  ],
  'instances without a network mode': [{ launch_type: 'EC2' }, definition({})],
  'instances on the host network': [{ launch_type: 'EC2' }, definition({ networkMode: 'host' })],
  'instances in awsvpc mode': [{ launch_type: 'EC2' }, definition({ networkMode: 'awsvpc' })],
  'external instances': [{ launch_type: 'EXTERNAL' }, definition({ networkMode: 'bridge' })],
  'a cluster by its ARN': [{ cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/etl' }, request({})],
  'a cluster by its ARN in the region of the credentials': [
    { cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/etl', aws_credentials: { region_name: 'us-east-1' } },
    request({}),
  ],
  'a cluster of another partition': [
    { cluster: 'arn:aws-us-gov:ecs:us-gov-west-1:123456789012:cluster/etl' },
    request({}),
  ],
  'a cluster by its name': [{ cluster: 'etl', aws_credentials: { region_name: 'eu-west-1' } }, request({})],
  'logs to CloudWatch': [
    { launch_type: 'EC2' },
    logs('awslogs', {
      'awslogs-group': 'g',
      'awslogs-region': 'us-east-1',
      mode: 'non-blocking',
      'max-buffer-size': '25m',
    }),
  ],
  'logs to files': [{ launch_type: 'EC2' }, logs('json-file', { 'max-size': '10m', 'max-file': '3' })],
  'logs to Splunk with a secret': [
    { launch_type: 'EC2' },
    logs(
      'splunk',
      { 'splunk-url': 'https://x' },
      {
        secretOptions: [{ name: 'splunk-token', valueFrom: 'arn:aws:ssm:us-east-1:123456789012:parameter/t' }],
      },
    ),
  ],
  'logs to syslog': [{ launch_type: 'EC2' }, logs('syslog', { 'syslog-address': 'udp://1.2.3.4:514', tag: 'x' })],
  'logs to journald': [{ launch_type: 'EC2' }, logs('journald', { labels: 'a' })],
  'FireLens to Kinesis Data Firehose': [{}, firelens({ Name: 'firehose', region: 'us-east-1', delivery_stream: 's' })],
  'FireLens to Datadog': [{}, firelens({ Name: 'datadog', apikey: 'k', dd_service: 's', TLS: 'on', provider: 'ecs' })],
  'FireLens without options': [{}, firelens({})],
  'FireLens with options of its destination in names of log drivers': [
    {},
    firelens({ '@type': 'splunk_hec', 'splunk-index': 'main', 'fluentd-async': 'true' }),
  ],
  'FireLens by fluentd': [
    {},
    definition({
      containerDefinitions: [
        router('fluentd', { 'config-file-type': 'file', 'config-file-value': '/extra.conf' }),
        {
          name: 'prefect',
          image: 'app',
          logConfiguration: { logDriver: 'awsfirelens', options: { '@type': 'stdout' } },
        },
      ],
    }),
  ],
  'members that are null': [
    {},
    definition({ volumes: null, placementConstraints: null }, { ulimits: null, links: null }),
  ],
  'secrets by ARN with key, stage and version': [
    {},
    definition(
      {},
      {
        secrets: [
          { name: 'A', valueFrom: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf:key:AWSCURRENT:' },
          { name: 'B', valueFrom: '/plain/parameter' },
        ],
      },
    ),
  ],
  'a sidecar that must be healthy first': [
    {},
    definition({
      containerDefinitions: [
        {
          name: 'db',
          image: 'postgres',
          essential: false,
          healthCheck: { command: ['CMD-SHELL', 'pg_isready || exit 1'], interval: 5, retries: 10, startPeriod: 0 },
        },
        { name: 'prefect', image: 'app', dependsOn: [{ containerName: 'db', condition: 'HEALTHY' }] },
      ],
    }),
  ],
  'storage and architecture': [
    {},
    definition({
      ephemeralStorage: { sizeInGiB: 200 },
      runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
    }),
  ],
  'a file system': [
    {},
    definition(
      { volumes: [{ name: 'data', efsVolumeConfiguration: { fileSystemId: 'fs-1', transitEncryption: 'ENABLED' } }] },
      { mountPoints: [{ sourceVolume: 'data', containerPath: '/data', readOnly: true }] },
    ),
  ],
  'a GPU of an instance': [
    { launch_type: 'EC2' },
    definition({ networkMode: 'bridge' }, { resourceRequirements: [{ type: 'GPU', value: '1' }] }),
  ],
  'limits of the kernel': [
    { launch_type: 'EC2' },
    definition(
      { networkMode: 'bridge' },
      {
        ulimits: [{ name: 'core', softLimit: 0, hardLimit: 0 }],
        linuxParameters: { initProcessEnabled: true, swappiness: 0, maxSwap: 0, capabilities: { add: ['SYS_PTRACE'] } },
      },
    ),
  ],
  'options of the request': [
    {},
    request({
      platformVersion: '1.4.0',
      enableExecuteCommand: true,
      enableECSManagedTags: true,
      propagateTags: 'TASK_DEFINITION',
      group: 'etl',
      tags: [{ key: 'team', value: 'data' }],
    }),
  ],
  'placement on instances': [
    { launch_type: 'EC2' },
    {
      ...definition({ networkMode: 'bridge' }),
      ...request({
        placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.instance-type =~ m5.*' }],
        placementStrategy: [{ type: 'binpack', field: 'memory' }],
      }),
    },
  ],
  'subnets and security groups': [
    {
      vpc_id: 'vpc-1',
      network_configuration: { subnets: ['subnet-1'], securityGroups: ['sg-1'], assignPublicIp: 'DISABLED' },
    },
  ],
  'labels with every sign that AWS takes': [{ labels: { 'a/b:c=d+e-f@g': 'ö . _ : / = + - @', empty: '' } }],
};

function definitionSizes(cpu: string, memory: string): readonly [JsonObject, TemplateParts] {
  return [{}, definition({ cpu, memory, networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'] })];
}

describe('input that AWS accepts', () => {
  for (const [name, [variables, parts = {}]] of Object.entries(VALID)) {
    it(`is never rejected: ${name}`, async () => {
      const ecs = new FakeEcs();
      const clients = someClients({
        ecs,
        ec2: {
          describeVpcs: async () => ({ Vpcs: [{ VpcId: 'vpc-1' }], NextToken: null }),
          describeSubnets: async () => ({ Subnets: [{ SubnetId: 'subnet-1' }], NextToken: null }),
        },
      });
      const options = { signal: new AbortController().signal, logger: silentLogger, renew: false };

      await aTaskRunPreparer({ environment: {}, workPoolName: 'pool' }).prepare(
        await renderConfiguration(variables, parts),
        aFlowRun(),
        clients,
        options,
      );

      expect(ecs.count('registerTaskDefinition')).to.equal(1);
    });
  }
});
