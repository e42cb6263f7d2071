import type { JsonObject } from '@worker-host/core';
import { templateWith } from './ecs-configurations.js';

/** A base job template of a user, and what is sent to AWS when it is run. */
export interface CustomTemplate {
  readonly template: JsonObject;
  readonly variables: JsonObject;
  /** The complete registered definition. */
  readonly definition: JsonObject;
  /** Members of the request; environments are compared without the worker's additions. */
  readonly request: JsonObject;
}

const ROLE = 'arn:aws:iam::123456789012:role/flows';
const FARGATE = { requiresCompatibilities: ['FARGATE'], networkMode: 'awsvpc' };
const NETWORK = {
  awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'], assignPublicIp: 'DISABLED' },
};
const PLACEHOLDERS = {
  launchType: '{{ launch_type }}',
  cluster: '{{ cluster }}',
  tags: '{{ labels }}',
  taskDefinition: '{{ task_definition_arn }}',
  networkConfiguration: NETWORK,
};
const OVERRIDE = { name: '{{ container_name }}', command: '{{ command }}', environment: '{{ env }}' };

const collector = {
  name: 'otel-collector',
  image: 'public.ecr.aws/aws-observability/aws-otel-collector:latest',
  essential: false,
  command: ['--config=/etc/ecs/ecs-default-config.yaml'],
  portMappings: [{ containerPort: 4317, protocol: 'tcp' }],
  healthCheck: { command: ['CMD', '/healthcheck'], interval: 10, timeout: 5, retries: 3, startPeriod: 10 },
};
const router = {
  name: 'log-router',
  image: 'amazon/aws-for-fluent-bit:stable',
  firelensConfiguration: { type: 'fluentbit', options: { 'enable-ecs-log-metadata': 'true' } },
};
const shipped = {
  logDriver: 'awsfirelens',
  options: { Name: 'datadog', provider: 'ecs', dd_service: 'flows' },
  secretOptions: [{ name: 'apikey', valueFrom: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:dd' }],
};

export const CUSTOM_TEMPLATES: Readonly<Record<string, CustomTemplate>> = {
  'sidecars, one that collects and one that ships logs': {
    template: templateWith({
      taskDefinition: {
        family: '{{ family }}',
        cpu: '{{ cpu }}',
        memory: '{{ memory }}',
        executionRoleArn: '{{ execution_role_arn }}',
        containerDefinitions: [
          router,
          collector,
          {
            name: '{{ container_name }}',
            image: '{{ image }}',
            dependsOn: [{ containerName: 'otel-collector', condition: 'HEALTHY' }],
            logConfiguration: shipped,
          },
        ],
      },
      taskRunRequest: { ...PLACEHOLDERS, overrides: { containerOverrides: [OVERRIDE] } },
    }),
    variables: {
      container_name: 'flow',
      image: 'flows:1',
      family: 'etl',
      cpu: 1024,
      memory: 2048,
      execution_role_arn: ROLE,
    },
    definition: {
      family: 'etl',
      cpu: '1024',
      memory: '2048',
      executionRoleArn: ROLE,
      containerDefinitions: [
        router,
        collector,
        {
          name: 'flow',
          image: 'flows:1',
          dependsOn: [{ containerName: 'otel-collector', condition: 'HEALTHY' }],
          logConfiguration: shipped,
        },
      ],
      ...FARGATE,
    },
    request: {
      launchType: 'FARGATE',
      networkConfiguration: NETWORK,
      overrides: { containerOverrides: [{ name: 'flow', environment: [] }] },
    },
  },

  'a GPU on instances of its own, placed and scaled from zero': {
    template: templateWith({
      taskDefinition: {
        family: 'gpu',
        requiresCompatibilities: ['EC2'],
        placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.instance-type =~ g5.*' }],
        containerDefinitions: [
          {
            name: 'prefect',
            image: '{{ image }}',
            cpu: 4096,
            memoryReservation: 8192,
            memory: 15000,
            resourceRequirements: [{ type: 'GPU', value: '1' }],
            ulimits: [{ name: 'memlock', softLimit: -1, hardLimit: -1 }],
            linuxParameters: { sharedMemorySize: 1024, initProcessEnabled: true },
          },
        ],
      },
      taskRunRequest: {
        capacityProviderStrategy: [{ capacityProvider: 'gpu-asg', weight: 1, base: 0 }],
        placementStrategy: [{ type: 'binpack', field: 'memory' }],
        placementConstraints: [{ type: 'distinctInstance' }],
        cluster: '{{ cluster }}',
        overrides: { containerOverrides: [OVERRIDE] },
      },
    }),
    variables: {
      image: 'train:1',
      cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/ml',
      command: 'python train.py --lr "1e 3"',
    },
    definition: {
      family: 'gpu',
      requiresCompatibilities: ['EC2'],
      placementConstraints: [{ type: 'memberOf', expression: 'attribute:ecs.instance-type =~ g5.*' }],
      containerDefinitions: [
        {
          name: 'prefect',
          image: 'train:1',
          cpu: 4096,
          memoryReservation: 8192,
          memory: 15000,
          resourceRequirements: [{ type: 'GPU', value: '1' }],
          ulimits: [{ name: 'memlock', softLimit: -1, hardLimit: -1 }],
          linuxParameters: { sharedMemorySize: 1024, initProcessEnabled: true },
        },
      ],
    },
    request: {
      capacityProviderStrategy: [{ capacityProvider: 'gpu-asg', weight: 1, base: 0 }],
      placementStrategy: [{ type: 'binpack', field: 'memory' }],
      placementConstraints: [{ type: 'distinctInstance' }],
      cluster: 'arn:aws:ecs:us-east-1:123456789012:cluster/ml',
      overrides: {
        containerOverrides: [{ name: 'prefect', command: ['python', 'train.py', '--lr', '1e 3'], environment: [] }],
      },
    },
  },

  'a file system, more disk and ARM64': {
    template: templateWith({
      taskDefinition: {
        family: '{{ family }}',
        cpu: '4 vCPU',
        memory: '16 GB',
        taskRoleArn: ROLE,
        runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
        ephemeralStorage: { sizeInGiB: 100 },
        volumes: [
          {
            name: 'shared',
            efsVolumeConfiguration: {
              fileSystemId: 'fs-0123456789abcdef0',
              transitEncryption: 'ENABLED',
              authorizationConfig: { accessPointId: 'fsap-0123456789abcdef0', iam: 'ENABLED' },
            },
          },
          { name: 'scratch' },
        ],
        containerDefinitions: [
          {
            name: '{{ container_name }}',
            image: '{{ image }}',
            mountPoints: [
              { sourceVolume: 'shared', containerPath: '/mnt/shared', readOnly: false },
              { sourceVolume: 'scratch', containerPath: '/scratch' },
            ],
          },
        ],
      },
      taskRunRequest: {
        ...PLACEHOLDERS,
        overrides: { ephemeralStorage: { sizeInGiB: 150 }, containerOverrides: [OVERRIDE] },
      },
    }),
    variables: { image: 'flows:arm64', family: 'disk' },
    definition: {
      family: 'disk',
      cpu: '4 vCPU',
      memory: '16 GB',
      taskRoleArn: ROLE,
      runtimePlatform: { cpuArchitecture: 'ARM64', operatingSystemFamily: 'LINUX' },
      ephemeralStorage: { sizeInGiB: 100 },
      volumes: [
        {
          name: 'shared',
          efsVolumeConfiguration: {
            fileSystemId: 'fs-0123456789abcdef0',
            transitEncryption: 'ENABLED',
            authorizationConfig: { accessPointId: 'fsap-0123456789abcdef0', iam: 'ENABLED' },
          },
        },
        { name: 'scratch' },
      ],
      containerDefinitions: [
        {
          name: 'prefect',
          image: 'flows:arm64',
          mountPoints: [
            { sourceVolume: 'shared', containerPath: '/mnt/shared', readOnly: false },
            { sourceVolume: 'scratch', containerPath: '/scratch' },
          ],
        },
      ],
      ...FARGATE,
    },
    request: {
      launchType: 'FARGATE',
      networkConfiguration: NETWORK,
      overrides: { ephemeralStorage: { sizeInGiB: 150 }, containerOverrides: [{ name: 'prefect', environment: [] }] },
    },
  },

  'exec, managed tags, a platform and several overrides': {
    template: templateWith({
      taskDefinition: {
        family: 'exec',
        taskRoleArn: ROLE,
        containerDefinitions: [
          { name: 'prefect', image: 'flows:1', linuxParameters: { initProcessEnabled: true }, stopTimeout: 120 },
          { name: 'proxy', image: 'envoy:1', essential: true, dockerLabels: { 'com.example.role': 'proxy' } },
        ],
      },
      taskRunRequest: {
        ...PLACEHOLDERS,
        enableExecuteCommand: true,
        enableECSManagedTags: true,
        propagateTags: 'TASK_DEFINITION',
        platformVersion: '1.4.0',
        group: 'flows',
        referenceId: 'ref-1',
        tags: [
          { key: 'team', value: '{{ team }}' },
          { key: 'cost centre', value: '42' },
        ],
        overrides: {
          cpu: '{{ cpu }}',
          memory: '{{ memory }}',
          taskRoleArn: '{{ task_role_arn }}',
          executionRoleArn: ROLE,
          containerOverrides: [
            OVERRIDE,
            {
              name: 'proxy',
              environment: [{ name: 'LEVEL', value: '{{ level }}' }],
              environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::bucket/proxy.env' }],
              command: ['envoy', '-c', '/etc/envoy.yaml'],
              cpu: 128,
              memoryReservation: 64,
            },
          ],
        },
      },
      properties: { team: { type: 'string' }, level: { type: 'string', default: 'info' } },
    }),
    variables: { team: 'data', cpu: 2048, memory: 4096, env: { MODE: 'full' } },
    definition: {
      family: 'exec',
      taskRoleArn: ROLE,
      cpu: '1024',
      memory: '2048',
      containerDefinitions: [
        { name: 'prefect', image: 'flows:1', linuxParameters: { initProcessEnabled: true }, stopTimeout: 120 },
        { name: 'proxy', image: 'envoy:1', essential: true, dockerLabels: { 'com.example.role': 'proxy' } },
      ],
      ...FARGATE,
    },
    request: {
      launchType: 'FARGATE',
      networkConfiguration: NETWORK,
      enableExecuteCommand: true,
      enableECSManagedTags: true,
      propagateTags: 'TASK_DEFINITION',
      platformVersion: '1.4.0',
      group: 'flows',
      referenceId: 'ref-1',
      tags: [
        { key: 'team', value: 'data' },
        { key: 'cost-centre', value: '42' },
      ],
      overrides: {
        cpu: '2048',
        memory: '4096',
        executionRoleArn: ROLE,
        containerOverrides: [
          { name: 'prefect', environment: [{ name: 'MODE', value: 'full' }] },
          {
            name: 'proxy',
            environment: [{ name: 'LEVEL', value: 'info' }],
            environmentFiles: [{ type: 's3', value: 'arn:aws:s3:::bucket/proxy.env' }],
            command: ['envoy', '-c', '/etc/envoy.yaml'],
            cpu: 128,
            memoryReservation: 64,
          },
        ],
      },
    },
  },

  'fixed values in place of placeholders, keys of their own, and keys taken out': {
    template: {
      job_configuration: {
        command: 'prefect flow-run execute',
        env: { STAGE: '{{ stage }}', FIXED: 'yes', ANSWER: 42 },
        labels: { owner: '{{ team }}', managed: 'terraform' },
        name: '{{ ctx.flow.name }}',
        notes: 'a key that no worker knows',
        task_definition: {
          family: 'fixed-{{ stage }}',
          cpu: 512,
          memory: 1024,
          executionRoleArn: ROLE,
          containerDefinitions: [
            {
              name: 'flow',
              image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/flows:{{ tag }}',
              environment: [{ name: 'FROM_DEFINITION', value: '1' }],
              secrets: [{ name: 'TOKEN', valueFrom: 'arn:aws:ssm:us-east-1:123456789012:parameter/token' }],
            },
          ],
        },
        task_run_request: {
          cluster: 'flows-{{ stage }}',
          networkConfiguration: NETWORK,
          overrides: { containerOverrides: [{ environment: '{{ env }}' }] },
        },
      },
      variables: {
        type: 'object',
        properties: {
          stage: { type: 'string', default: 'dev', enum: ['dev', 'prod'] },
          team: { type: 'string', default: 'data' },
          tag: { type: 'string', default: 'latest' },
          env: { type: 'object' },
        },
      },
    },
    variables: { stage: 'prod', tag: '2.1', env: { EXTRA: 'x' } },
    definition: {
      family: 'fixed-prod',
      executionRoleArn: ROLE,
      containerDefinitions: [
        {
          name: 'flow',
          image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/flows:2.1',
          environment: [{ name: 'FROM_DEFINITION', value: '1' }],
          secrets: [{ name: 'TOKEN', valueFrom: 'arn:aws:ssm:us-east-1:123456789012:parameter/token' }],
          cpu: 512,
          memory: 1024,
        },
      ],
      cpu: '512',
      memory: '1024',
    },
    request: {
      cluster: 'flows-prod',
      launchType: 'FARGATE',
      networkConfiguration: NETWORK,
      tags: [
        { key: 'owner', value: 'data' },
        { key: 'managed', value: 'terraform' },
      ],
      overrides: {
        containerOverrides: [
          {
            name: 'flow',
            command: ['prefect', 'flow-run', 'execute'],
            environment: [
              { name: 'STAGE', value: 'prod' },
              { name: 'FIXED', value: 'yes' },
              { name: 'ANSWER', value: '42' },
              { name: 'EXTRA', value: 'x' },
            ],
          },
        ],
      },
    },
  },

  'an older version of the reference, its deprecated keys still placeholders': {
    template: {
      job_configuration: {
        command: '{{ command }}',
        env: '{{ env }}',
        labels: '{{ labels }}',
        name: '{{ name }}',
        aws_credentials: '{{ aws_credentials }}',
        task_definition: {
          containerDefinitions: [{ image: '{{ image }}', name: '{{ container_name }}' }],
          cpu: '{{ cpu }}',
          executionRoleArn: '{{ execution_role_arn }}',
          family: '{{ family }}',
          memory: '{{ memory }}',
        },
        task_run_request: {
          launchType: '{{ launch_type }}',
          cluster: '{{ cluster }}',
          overrides: {
            containerOverrides: [{ ...OVERRIDE, cpu: '{{ cpu }}', memory: '{{ memory }}' }],
            cpu: '{{ cpu }}',
            memory: '{{ memory }}',
            taskRoleArn: '{{ task_role_arn }}',
          },
          tags: '{{ labels }}',
          taskDefinition: '{{ task_definition_arn }}',
        },
        configure_cloudwatch_logs: '{{ configure_cloudwatch_logs }}',
        cloudwatch_logs_options: '{{ cloudwatch_logs_options }}',
        network_configuration: '{{ network_configuration }}',
        stream_output: '{{ stream_output }}',
        task_start_timeout_seconds: '{{ task_start_timeout_seconds }}',
        task_watch_poll_interval: '{{ task_watch_poll_interval }}',
        auto_deregister_task_definition: '{{ auto_deregister_task_definition }}',
        vpc_id: '{{ vpc_id }}',
        container_name: '{{ container_name }}',
        cluster: '{{ cluster }}',
      },
      variables: {
        title: 'ECSVariables',
        type: 'object',
        definitions: { AwsCredentials: { type: 'object', properties: {} } },
        properties: {
          command: { type: 'string' },
          env: { type: 'object', additionalProperties: { type: 'string' } },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
          name: { type: 'string' },
          aws_credentials: { allOf: [{ $ref: '#/definitions/AwsCredentials' }] },
          task_definition_arn: { type: 'string' },
          cluster: { type: 'string' },
          family: { type: 'string' },
          launch_type: { type: 'string', default: 'FARGATE', enum: ['FARGATE', 'EC2', 'EXTERNAL', 'FARGATE_SPOT'] },
          image: { type: 'string' },
          cpu: { type: 'integer' },
          memory: { type: 'integer' },
          container_name: { type: 'string' },
          task_role_arn: { type: 'string' },
          execution_role_arn: { type: 'string' },
          vpc_id: { type: 'string' },
          configure_cloudwatch_logs: { type: 'boolean' },
          cloudwatch_logs_options: { type: 'object', additionalProperties: { type: 'string' } },
          network_configuration: { type: 'object' },
          stream_output: { type: 'boolean' },
          task_start_timeout_seconds: { type: 'integer', default: 300 },
          task_watch_poll_interval: { type: 'number', default: 5 },
          auto_deregister_task_definition: { type: 'boolean', default: false },
        },
      },
    },
    variables: {
      image: 'flows:1',
      cpu: 512,
      memory: 1024,
      launch_type: 'FARGATE_SPOT',
      stream_output: true,
      vpc_id: 'vpc-1',
      network_configuration: { subnets: ['subnet-1'] },
    },
    definition: {
      family: 'prefect_pool_0f5c7e1a-3b52-4c8e-9d10-6a1b2c3d4e5f',
      cpu: '512',
      memory: '1024',
      containerDefinitions: [{ name: 'prefect', image: 'flows:1' }],
      ...FARGATE,
    },
    request: {
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
      overrides: {
        cpu: '512',
        memory: '1024',
        containerOverrides: [{ name: 'prefect', cpu: 512, memory: 1024, environment: [] }],
      },
    },
  },
};
