import { BaseVariables, Field, type JsonObject, Model } from '@worker-host/core';
import { AwsCredentials } from './aws-credentials.js';
import { CapacityProvider } from './capacity-provider.js';
import { DEFAULT_LAUNCH_TYPE, LAUNCH_TYPES } from './constants.js';

/** The form of a work pool of type `ecs`. */
@Model({ description: 'What a job that runs as an ECS task can be given.' })
export class ECSVariables extends BaseVariables {
  @Field({
    wireName: 'task_definition_arn',
    type: 'string?',
    title: 'Task Definition ARN',
    description:
      'ARN of a task definition that exists. Where it is given, image and other settings of a definition have no effect.',
  })
  taskDefinitionArn: string | null = null;
  @Field({
    wireName: 'aws_credentials',
    type: { model: () => AwsCredentials },
    title: 'AWS Credentials',
    description: 'Who speaks to AWS. Left empty, the worker uses the credentials of its surroundings.',
  })
  awsCredentials: AwsCredentials = new AwsCredentials();
  @Field({
    wireName: 'cluster',
    type: 'string?',
    title: 'Cluster',
    description: 'Name or ARN of the cluster. Left empty, the cluster named default.',
  })
  cluster: string | null = null;
  @Field({
    wireName: 'family',
    type: 'string?',
    title: 'Family',
    description: 'Family under which task definitions are registered. Left empty, one is made of pool and deployment.',
  })
  family: string | null = null;
  @Field({
    wireName: 'launch_type',
    type: { enum: LAUNCH_TYPES },
    default: DEFAULT_LAUNCH_TYPE,
    title: 'Launch Type',
    description:
      "Where the task runs. FARGATE_SPOT is cheaper and may be taken away at two minutes notice. MANAGED_INSTANCES runs it on instances that ECS manages, through the capacity provider strategy or the cluster's default one. Beside a strategy the launch type only says what the task definition is for.",
  })
  launchType = DEFAULT_LAUNCH_TYPE;
  @Field({
    wireName: 'capacity_provider_strategy',
    type: { listOf: () => CapacityProvider },
    title: 'Capacity Provider Strategy',
    description: 'Capacity providers of the cluster to place the task with, in place of a launch type.',
  })
  capacityProviderStrategy: CapacityProvider[] = [];
  @Field({
    wireName: 'image',
    type: 'string?',
    title: 'Image',
    description: "Image of the container. Left empty, Prefect's own of the server's version.",
  })
  image: string | null = null;
  @Field({
    wireName: 'cpu',
    type: 'integer?',
    title: 'CPU',
    description:
      'CPU units of the task; 1024 are one virtual CPU. Left empty, 1024. On Fargate only certain pairs with memory are possible.',
  })
  cpu: number | null = null;
  @Field({
    wireName: 'memory',
    type: 'integer?',
    title: 'Memory',
    description: 'Memory of the task, in MiB. Left empty, 2048. On Fargate only certain pairs with CPU are possible.',
  })
  memory: number | null = null;
  @Field({
    wireName: 'container_name',
    type: 'string?',
    title: 'Container Name',
    description:
      'Name of the container that runs the job. Left empty, prefect, or the first container of the definition.',
  })
  containerName: string | null = null;
  @Field({
    wireName: 'prefect_api_key_secret_arn',
    type: 'string?',
    title: 'Prefect API Key Secret ARN',
    description:
      'ARN of the AWS secret that holds the Prefect API key. The key then no longer travels in the environment of the request.',
  })
  prefectApiKeySecretArn: string | null = null;
  @Field({
    wireName: 'prefect_api_auth_string_secret_arn',
    type: 'string?',
    title: 'Prefect API Auth String Secret ARN',
    description:
      'ARN of the AWS secret that holds the auth string of a self-hosted server. It then no longer travels in the environment of the request.',
  })
  prefectApiAuthStringSecretArn: string | null = null;
  @Field({
    wireName: 'task_role_arn',
    type: 'string?',
    title: 'Task Role ARN',
    description: 'ARN of the role that the job itself has.',
  })
  taskRoleArn: string | null = null;
  @Field({
    wireName: 'execution_role_arn',
    type: 'string?',
    title: 'Execution Role ARN',
    description: 'ARN of the role with which ECS pulls images, reads secrets and writes logs for the task.',
  })
  executionRoleArn: string | null = null;
  @Field({
    wireName: 'vpc_id',
    type: 'string?',
    title: 'VPC ID',
    description: 'VPC of the task. Left empty, the default VPC of the account. Needed beside a network configuration.',
  })
  vpcId: string | null = null;
  @Field({
    wireName: 'configure_cloudwatch_logs',
    type: 'boolean?',
    title: 'Configure Cloudwatch Logs',
    description: "Whether the container's output goes to CloudWatch Logs. Needs an execution role.",
  })
  configureCloudwatchLogs: boolean | null = null;
  @Field({
    wireName: 'cloudwatch_logs_options',
    type: 'map<string>',
    title: 'Cloudwatch Logs Options',
    description: 'Options of the awslogs driver, over the ones the worker sets.',
  })
  cloudwatchLogsOptions: Record<string, string> = {};
  @Field({
    wireName: 'cloudwatch_logs_prefix',
    type: 'string?',
    title: 'Cloudwatch Logs Prefix',
    description: 'What the names of log streams begin with. Left empty, it is made of pool and deployment.',
  })
  cloudwatchLogsPrefix: string | null = null;
  @Field({
    wireName: 'network_configuration',
    type: 'object',
    title: 'Network Configuration',
    description:
      'Subnets, security groups and public IP of the task, by the names of awsvpcConfiguration. Needs a VPC ID.',
  })
  networkConfiguration: JsonObject = {};
  @Field({
    wireName: 'auto_deregister_task_definition',
    type: 'boolean',
    default: false,
    title: 'Auto Deregister Task Definition',
    description: 'Whether a task definition that was registered for a run is deregistered when its task has ended.',
  })
  autoDeregisterTaskDefinition = false;
  @Field({
    wireName: 'match_latest_revision_in_family',
    type: 'boolean',
    default: false,
    title: 'Match Latest Revision In Family',
    description: "Whether the family's latest revision is used where it equals what would be registered.",
  })
  matchLatestRevisionInFamily = false;
}
