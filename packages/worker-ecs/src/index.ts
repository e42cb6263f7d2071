export { SdkAwsClientsProvider } from './aws/adapters/sdk-aws-clients.js';
export type { AwsClients, AwsClientsProvider } from './aws/aws-clients.js';
export type {
  AssumeRoleValue,
  AwsClientParametersValue,
  AwsCredentialsValue,
} from './aws/aws-credentials-value.js';
export type {
  AccountBudgets,
  BucketName,
  CallBudget,
  EcsBudgetLimits,
  EcsBudgets,
} from './aws/budgets/account-budgets.js';
export { awsBudgetLimits } from './aws/budgets/account-budgets.js';
export { BudgetedAwsClientsProvider } from './aws/budgets/budgeted-aws-clients.js';
export type { BucketLimits } from './aws/budgets/rate-budget.js';
export type { ClientSettings } from './aws/connection/client-settings.js';
export type { CredentialProvider, RequestHandler } from './aws/connection/sdk-client-config.js';
export type { AwsCredentialSource } from './aws/connection/sdk-credential-source.js';
export { SdkCredentialSource } from './aws/connection/sdk-credential-source.js';
export type {
  DescribeSubnetsInput,
  DescribeVpcsInput,
  Ec2Api,
  Ec2Filter,
  Ec2Subnet,
  Ec2Vpc,
} from './aws/ec2-api.js';
export type {
  AwsCallOptions,
  CallPriority,
  DescribeTasksInput,
  EcsApi,
  EcsContainer,
  EcsFailure,
  EcsTag,
  EcsTask,
  EcsTaskDefinition,
  ListTasksAnswer,
  ListTasksInput,
  RegisterTaskDefinitionInput,
  RunTaskAnswer,
  RunTaskInput,
  StopTaskInput,
  TaskDefinitionAnswer,
} from './aws/ecs-api.js';
export {
  AwsCallFailedError,
  AwsCredentialsError,
  AwsEndpointInvalidError,
  AwsProfileError,
  AwsRegionMissingError,
  AwsRoleError,
  AwsUnreachableError,
  ClusterMissingError,
  RunCredentialsRefusedError,
} from './aws/errors/access-errors.js';
export { awsProse } from './aws/errors/aws-prose.js';
export type { ClassifiedLaunchError } from './aws/launch-errors/classify-launch-error.js';
export { classifyLaunchError, classifyLaunchFailure } from './aws/launch-errors/classify-launch-error.js';
export type { LaunchErrorClass, LaunchErrorContext, LaunchErrorRow } from './aws/launch-errors/launch-error-row.js';
export { LAUNCH_ERROR_TABLE } from './aws/launch-errors/launch-error-table.js';
export type { FilteredLogEvent, FilterLogEventsInput, GetLogEventsInput, LogEvent, LogsApi } from './aws/logs-api.js';
export type { SqsApi, SqsMessage } from './aws/sqs-api.js';
export type { StsApi } from './aws/sts-api.js';
export { AssumeRoleParameters, AwsClientParameters, AwsCredentials } from './configuration/aws-credentials.js';
export { CapacityProvider } from './configuration/capacity-provider.js';
export { ECSJobConfiguration } from './configuration/ecs-job-configuration.js';
export { ECSVariables } from './configuration/ecs-variables.js';
export type { EcsLaunchData } from './ecs-launch-configuration.js';
export type {
  EcsAccountLookup,
  EcsDefinitionResolver,
  EcsEventsPulse,
  EcsLogLocator,
  EcsNetworkResolver,
  EcsOutputForwarder,
  EcsPlacedClients,
  EcsTaskEventPublisher,
  EcsTaskRunFollower,
  EcsTaskStopper,
  EcsTaskWatcher,
} from './ecs-parts.js';
export type { EcsRunConfiguration } from './ecs-run-configuration.js';
export type { EcsSettings } from './ecs-settings.js';
export { EcsSettingsError, readEcsSettings } from './ecs-settings.js';
export { ECS_TOKENS } from './ecs-tokens.js';
export { ECSWorkerResult } from './ecs-worker-result.js';
export type { EcsDiagnosisKind, EcsTaskDiagnosis } from './observation/diagnosis/diagnose-ecs-task.js';
export { diagnoseEcsTask } from './observation/diagnosis/diagnose-ecs-task.js';
export type { EcsObserverParts } from './observation/ecs-observer.js';
export { EcsObserver } from './observation/ecs-observer.js';
export type {
  ObservedFlowRun,
  ObservedLogLine,
  ObservedStateProposal,
  ObserverPorts,
} from './observation/ecs-observer-ports.js';
export type { EcsEventMessage } from './observation/events/ecs-event-message.js';
export { parseEcsEventMessage } from './observation/events/ecs-event-message.js';
export type {
  EcsTaskEventReceiver,
  EcsTaskEventSource,
  ReceivedTaskEvent,
} from './observation/events/task-event-source.js';
export type { TaskWithOutput } from './observation/logs/log-locator.js';
export type { EcsLogReader, OutputPage, TaskOutput, TaskToRead } from './observation/logs/log-reader.js';
export type { OutputLine } from './observation/logs/stream-cursor.js';
export type { StoppedTaskDecision } from './observation/observer-decisions.js';
export { decideOnStoppedTask, proposalForStartingTask } from './observation/observer-decisions.js';
export type {
  RelaunchRule,
  StopCause,
  StopReasonExample,
  StopReasonRow,
} from './observation/stop-reasons/stop-reason-row.js';
export { STOP_REASON_TABLE } from './observation/stop-reasons/stop-reason-table.js';
export type { TaskRunToFollow } from './observation/task-run-follower.js';
export type { TaskEventFacts, WatchOrder } from './observation/watch/watched-task.js';
export { ClusterElsewhereError } from './place/check-cluster.js';
export type { ClusterPlace, EcsLaunchPlace } from './place/ecs-launch-place.js';
export { plugin } from './plugin.js';
export { taskDefinitionsEqual } from './task-definition/compare-task-definitions.js';
export type { PrepareTaskDefinition, TaskDefinitionSurroundings } from './task-definition/prepare-task-definition.js';
export type {
  RegisterTaskDefinition,
  ResolvedTaskDefinition,
  ResolveOptions,
} from './task-definition/task-definition-resolver.js';
export {
  CapacityUnavailableError,
  LaunchOutcomeUnknownError,
  LaunchPreparationError,
  LaunchRefusedError,
  LaunchUnansweredError,
  PlaceUnknownError,
  PreparationRefusedError,
} from './task-run/launch-errors.js';
export type { LaunchName } from './task-run/launch-token.js';
export { clientToken, parseStartedBy, startedBy } from './task-run/launch-token.js';
export type {
  LaunchedTask,
  LaunchOrder,
  PreparedTaskRun,
  TaskLauncher,
  TaskRunPreparer,
} from './task-run/launch-types.js';
export type { LaunchRule, TaskRunRule, TaskRunToCheck } from './task-run/rules/task-run-to-check.js';
export { dropEmpty } from './utilities/drop-empty.js';
export type { ECSIdentifier } from './utilities/ecs-identifier.js';
export { EcsIdentifierError, formatIdentifier, parseIdentifier } from './utilities/ecs-identifier.js';
export { maskApiKey, maskSensitiveEnvValues } from './utilities/mask.js';
export { slugifyTag } from './utilities/slug.js';
export { splitCommand } from './utilities/split-command.js';
export { ECSWorker } from './worker.js';
