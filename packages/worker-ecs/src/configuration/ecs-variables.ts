import { BaseVariables, Field, type JsonObject, Model } from '@worker-host/core';
import { AwsCredentials } from './aws-credentials.js';
import { CapacityProvider } from './capacity-provider.js';
import { DEFAULT_LAUNCH_TYPE, LAUNCH_TYPES } from './constants.js';

/** The form of a work pool of type `ecs`. */
@Model({ description: 'Variables of a job that runs as an ECS task.' })
export class ECSVariables extends BaseVariables {
  @Field({
    wireName: 'task_definition_arn',
    type: 'string?',
    title: 'Task Definition ARN',
    description: 'ARN of an existing task definition. If set, image and other settings of a definition have no effect.',
  })
  taskDefinitionArn: string | null = null;
  @Field({
    wireName: 'aws_credentials',
    type: { model: () => AwsCredentials },
    title: 'AWS Credentials',
    description: 'Credentials for AWS. Default: those of the worker.',
  })
  awsCredentials: AwsCredentials = new AwsCredentials();
  @Field({
    wireName: 'cluster',
    type: 'string?',
    title: 'Cluster',
    description: 'Name or ARN of the cluster. Default: the cluster named default.',
  })
  cluster: string | null = null;
  @Field({
    wireName: 'family',
    type: 'string?',
    title: 'Family',
    description: 'Family of the task definitions. Default: a name derived from pool and deployment.',
  })
  family: string | null = null;
  @Field({
    wireName: 'launch_type',
    type: { enum: LAUNCH_TYPES },
    default: DEFAULT_LAUNCH_TYPE,
    title: 'Launch Type',
    description:
      "Where the task runs. FARGATE_SPOT costs less, but can be interrupted with two minutes' notice. MANAGED_INSTANCES uses instances that ECS manages, through the capacity provider strategy or the default strategy of the cluster. With a strategy, the launch type only sets the compatibility of the task definition.",
  })
  launchType = DEFAULT_LAUNCH_TYPE;
  @Field({
    wireName: 'capacity_provider_strategy',
    type: { listOf: () => CapacityProvider },
    title: 'Capacity Provider Strategy',
    description: 'Capacity providers of the cluster, instead of a launch type.',
  })
  capacityProviderStrategy: CapacityProvider[] = [];
  @Field({
    wireName: 'image',
    type: 'string?',
    title: 'Image',
    description: "Image of the container. Default: the Prefect image of the server's version.",
  })
  image: string | null = null;
  @Field({
    wireName: 'cpu',
    type: 'integer?',
    title: 'CPU',
    description:
      'CPU units of the task; 1024 is one virtual CPU. Default: 1024. Fargate allows only certain combinations with memory.',
  })
  cpu: number | null = null;
  @Field({
    wireName: 'memory',
    type: 'integer?',
    title: 'Memory',
    description: 'Memory of the task in MiB. Default: 2048. Fargate allows only certain combinations with CPU.',
  })
  memory: number | null = null;
  @Field({
    wireName: 'container_name',
    type: 'string?',
    title: 'Container Name',
    description:
      'Name of the container that runs the job. Default: prefect, else the first container of the definition.',
  })
  containerName: string | null = null;
  @Field({
    wireName: 'prefect_api_key_secret_arn',
    type: 'string?',
    title: 'Prefect API Key Secret ARN',
    description: 'ARN of the AWS secret that holds the Prefect API key. The key is then not part of the request.',
  })
  prefectApiKeySecretArn: string | null = null;
  @Field({
    wireName: 'prefect_api_auth_string_secret_arn',
    type: 'string?',
    title: 'Prefect API Auth String Secret ARN',
    description:
      'ARN of the AWS secret that holds the auth string of a self-hosted server. It is then not part of the request.',
  })
  prefectApiAuthStringSecretArn: string | null = null;
  @Field({
    wireName: 'task_role_arn',
    type: 'string?',
    title: 'Task Role ARN',
    description: 'ARN of the role of the job itself.',
  })
  taskRoleArn: string | null = null;
  @Field({
    wireName: 'execution_role_arn',
    type: 'string?',
    title: 'Execution Role ARN',
    description: 'ARN of the role that ECS uses to pull images, read secrets and write logs.',
  })
  executionRoleArn: string | null = null;
  @Field({
    wireName: 'vpc_id',
    type: 'string?',
    title: 'VPC ID',
    description: 'VPC of the task. Default: the default VPC of the account. Required with a network configuration.',
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
    description: 'Options of the awslogs driver; they override those of the worker.',
  })
  cloudwatchLogsOptions: Record<string, string> = {};
  @Field({
    wireName: 'cloudwatch_logs_prefix',
    type: 'string?',
    title: 'Cloudwatch Logs Prefix',
    description: 'Prefix of the log streams. Default: derived from pool and deployment.',
  })
  cloudwatchLogsPrefix: string | null = null;
  @Field({
    wireName: 'network_configuration',
    type: 'object',
    title: 'Network Configuration',
    description:
      'Subnets, security groups and public IP of the task, with the names of awsvpcConfiguration. Requires a VPC ID.',
  })
  networkConfiguration: JsonObject = {};
  @Field({
    wireName: 'auto_deregister_task_definition',
    type: 'boolean',
    default: false,
    title: 'Auto Deregister Task Definition',
    description: 'Whether the task definition of a run is deregistered after its task has ended.',
  })
  autoDeregisterTaskDefinition = false;
  @Field({
    wireName: 'match_latest_revision_in_family',
    type: 'boolean',
    default: false,
    title: 'Match Latest Revision In Family',
    description: 'Whether the latest revision of the family is used if it equals the definition to register.',
  })
  matchLatestRevisionInFamily = false;
}
