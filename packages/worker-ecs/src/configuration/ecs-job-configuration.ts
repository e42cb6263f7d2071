import {
  BaseJobConfiguration,
  type ConfigurationProblem,
  Field,
  isJsonObject,
  type JsonObject,
  type PrepareContext,
  showValue,
} from '@worker-host/core';
import { isJsonText, kindOf, NOT_AS_TEXT } from '../members/member-problems.js';
import { findLaterProblems } from '../task-run/find-later-problems.js';
import { accessKeyProblems } from './access-keys.js';
import { AwsCredentials } from './aws-credentials.js';
import { certificateProblems, settleCertificates } from './certificates.js';
import { containersOf, mainContainerName } from './main-container-name.js';
import { ownCredentialsProblems } from './own-credentials.js';

/** One set for all runs with these names; the worker adds few different labels. */
const SETS = new Map<string, ReadonlySet<string>>();

function sharedSet(names: readonly string[]): ReadonlySet<string> {
  const key = names.join('\n');
  const known = SETS.get(key) ?? new Set(names);
  SETS.set(key, known);
  return known;
}

/** Configuration of a run as an ECS task. */
export class ECSJobConfiguration extends BaseJobConfiguration {
  @Field({
    wireName: 'aws_credentials',
    type: { model: () => AwsCredentials, isNullable: true },
    title: 'AWS Credentials',
  })
  awsCredentials: AwsCredentials | null = new AwsCredentials();
  @Field({
    wireName: 'task_definition',
    type: 'object',
    title: 'Task Definition',
    template: {
      containerDefinitions: [{ image: '{{ image }}', name: '{{ container_name }}' }],
      cpu: '{{ cpu }}',
      executionRoleArn: '{{ execution_role_arn }}',
      family: '{{ family }}',
      memory: '{{ memory }}',
    },
  })
  taskDefinition: JsonObject = {};
  @Field({
    wireName: 'task_run_request',
    type: 'object',
    title: 'Task Run Request',
    template: {
      capacityProviderStrategy: '{{ capacity_provider_strategy }}',
      cluster: '{{ cluster }}',
      launchType: '{{ launch_type }}',
      overrides: {
        containerOverrides: [
          {
            command: '{{ command }}',
            cpu: '{{ cpu }}',
            environment: '{{ env }}',
            memory: '{{ memory }}',
            name: '{{ container_name }}',
          },
        ],
        cpu: '{{ cpu }}',
        memory: '{{ memory }}',
        taskRoleArn: '{{ task_role_arn }}',
      },
      tags: '{{ labels }}',
      taskDefinition: '{{ task_definition_arn }}',
    },
  })
  taskRunRequest: JsonObject = {};
  @Field({ wireName: 'configure_cloudwatch_logs', type: 'boolean?', title: 'Configure Cloudwatch Logs' })
  configureCloudwatchLogs: boolean | null = null;
  @Field({ wireName: 'cloudwatch_logs_options', type: 'map<string>', title: 'Cloudwatch Logs Options' })
  cloudwatchLogsOptions: Record<string, string> = {};
  @Field({ wireName: 'cloudwatch_logs_prefix', type: 'string?', title: 'Cloudwatch Logs Prefix' })
  cloudwatchLogsPrefix: string | null = null;
  @Field({ wireName: 'network_configuration', type: 'object', title: 'Network Configuration' })
  networkConfiguration: JsonObject = {};
  @Field({ wireName: 'stream_output', type: 'boolean?', title: 'Stream Output', template: false })
  streamOutputOption: boolean | null = null;
  /** Deprecated, without effect. Unit: seconds. */
  @Field({ wireName: 'task_start_timeout_seconds', type: 'integer', title: 'Task Start Timeout Seconds', template: 0 })
  taskStartTimeoutSeconds = 300;
  /** Deprecated, without effect. Unit: seconds. */
  @Field({ wireName: 'task_watch_poll_interval', type: 'number', title: 'Task Watch Poll Interval', template: 0 })
  taskWatchPollIntervalSeconds = 5;
  @Field({ wireName: 'auto_deregister_task_definition', type: 'boolean', title: 'Auto Deregister Task Definition' })
  autoDeregisterTaskDefinition = false;
  @Field({ wireName: 'vpc_id', type: 'string?', title: 'VPC ID' })
  vpcId: string | null = null;
  @Field({ wireName: 'container_name', type: 'string?', title: 'Container Name' })
  containerName: string | null = null;
  @Field({ wireName: 'cluster', type: 'string?', title: 'Cluster' })
  cluster: string | null = null;
  @Field({ wireName: 'match_latest_revision_in_family', type: 'boolean', title: 'Match Latest Revision In Family' })
  matchLatestRevisionInFamily = false;
  @Field({ wireName: 'prefect_api_key_secret_arn', type: 'string?', title: 'Prefect API Key Secret ARN' })
  prefectApiKeySecretArn: string | null = null;
  @Field({
    wireName: 'prefect_api_auth_string_secret_arn',
    type: 'string?',
    title: 'Prefect API Auth String Secret ARN',
  })
  prefectApiAuthStringSecretArn: string | null = null;
  @Field({ wireName: 'execution_role_arn', type: 'string?', title: 'Execution Role ARN' })
  executionRoleArn: string | null = null;

  /** Version of the control plane, for the default image. Set by preparation. */
  prefectVersion: string | null = null;
  /** Names of the labels that the worker added. Set by preparation. */
  labelsOfWorker: ReadonlySet<string> = new Set();

  get streamOutput(): boolean {
    return this.streamOutputOption === true;
  }

  override prepareForFlowRun(context: PrepareContext): void {
    const typed = this.labels;
    super.prepareForFlowRun(context);
    this.labelsOfWorker = sharedSet(Object.keys(this.labels).filter((name) => !Object.hasOwn(typed, name)));
    this.prefectVersion = context.prefectVersion;
    const env = { ...this.env };
    if (this.prefectApiKeySecretArn) delete env.PREFECT_API_KEY;
    if (this.prefectApiAuthStringSecretArn) delete env.PREFECT_API_AUTH_STRING;
    this.env = env;
  }

  protected override settle(): void {
    this.containerName ??= mainContainerName(this.taskDefinition);
    if (this.awsCredentials) settleCertificates(this.awsCredentials.awsClientParameters);
  }

  protected override laterProblems(found: readonly ConfigurationProblem[]): readonly ConfigurationProblem[] {
    return findLaterProblems(this, found);
  }

  protected override problems(): readonly ConfigurationProblem[] {
    const problems: ConfigurationProblem[] = [];
    const linked = this.taskRunRequest.taskDefinition;
    const hasLinked = linked !== undefined && linked !== null && linked !== '';
    const containers = containersOf(this.taskDefinition);
    if (!hasLinked && Object.keys(this.taskDefinition).length === 0) {
      problems.push({
        path: 'task_definition',
        expected: 'a task definition, or the ARN of one in task_run_request.taskDefinition',
        found: 'neither',
        suggestion: 'the task_definition of the default base job template',
      });
    }
    const { containerDefinitions: listed } = this.taskDefinition;
    if (listed !== undefined && !(Array.isArray(listed) && listed.every(isJsonObject))) {
      problems.push({
        path: 'task_definition.containerDefinitions',
        expected: 'a list of containers, each an object',
        found: kindOf(listed),
        suggestion: typeof listed === 'string' && isJsonText(listed) ? NOT_AS_TEXT : null,
      });
    }
    if (containers.length > 0 && containers.every((container) => container.essential === false)) {
      problems.push({
        path: 'task_definition.containerDefinitions',
        expected: 'at least one essential container',
        found: 'essential: false on all of them',
        suggestion: 'essential: true on the container that runs the job',
      });
    }
    if (this.configureCloudwatchLogs && !this.executionRoleArn && !hasLinked && !this.taskDefinition.executionRoleArn) {
      problems.push({
        path: 'configure_cloudwatch_logs',
        expected: 'also an execution_role_arn, which ECS uses to write the logs',
        found: 'none',
        suggestion: 'execution_role_arn, or configure_cloudwatch_logs: false',
      });
    }
    if (Object.keys(this.cloudwatchLogsOptions).length > 0 && !this.configureCloudwatchLogs) {
      problems.push({
        path: 'cloudwatch_logs_options',
        expected: 'also configure_cloudwatch_logs: true',
        found: showValue(this.configureCloudwatchLogs),
        suggestion: 'configure_cloudwatch_logs: true',
      });
    }
    if (Object.keys(this.networkConfiguration).length > 0 && !this.vpcId) {
      problems.push({
        path: 'network_configuration',
        expected: 'also a vpc_id, the VPC of its subnets',
        found: 'none',
        suggestion: 'vpc_id',
      });
    }
    if (this.awsCredentials) {
      problems.push(...accessKeyProblems(this.awsCredentials));
      problems.push(...certificateProblems(this.awsCredentials.awsClientParameters));
      problems.push(...ownCredentialsProblems(this.awsCredentials, this.template?.aws_credentials, this.renderedWith));
    }
    return problems;
  }
}
