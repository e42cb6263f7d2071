import {
  BaseJobConfiguration,
  type FlowRun,
  type LaunchPlace,
  type Logger,
  type RunContext,
  type RunProgress,
  silentLogger,
  silentMeter,
} from '@worker-host/core';
import type { AwsClients } from '../../src/aws/aws-clients.js';
import type { FilterLogEventsInput, LogEvent, LogsApi } from '../../src/aws/logs-api.js';
import type { SqsApi } from '../../src/aws/sqs-api.js';
import type { EcsRunConfiguration } from '../../src/ecs-run-configuration.js';
import { type EcsSettings, readEcsSettings } from '../../src/ecs-settings.js';
import type { LaunchOrder, PreparedTaskRun } from '../../src/task-run/launch-types.js';
import { awsError, FakeEcs } from './fake-ecs.js';

export const FLOW_RUN_ID = '0f5c7e1a-3b52-4c8e-9d10-6a1b2c3d4e5f';
export const ATTEMPT_ID = '7d9f3a20-51c4-4e7b-8a66-0b1c2d3e4f50';
export const DEFINITION_ARN = 'arn:aws:ecs:us-east-1:123456789012:task-definition/etl:1';

const refuse = (what: string) => () => Promise.reject(new Error(`${what} is not expected here`));

/** CloudWatch Logs with a few streams, one page per call. */
export class FakeLogs implements LogsApi {
  readonly calls: unknown[] = [];
  readonly streams = new Map<string, LogEvent[]>();
  pageSize = 10_000;

  async getLogEvents(input: Parameters<LogsApi['getLogEvents']>[0]): ReturnType<LogsApi['getLogEvents']> {
    this.calls.push(input);
    const all = this.streams.get(`${input.logGroupName} ${input.logStreamName}`);
    if (!all) throw awsError('ResourceNotFoundException', 'The specified log stream does not exist.');
    if (!input.startFromHead && !input.nextToken) {
      return { events: all.slice(-(input.limit ?? 10_000)), nextForwardToken: null, nextBackwardToken: null };
    }
    const first = all.findIndex(({ timestamp }) => (timestamp ?? 0) >= (input.startTime ?? 0));
    const from = input.nextToken ? Number(input.nextToken.slice(2)) : first < 0 ? all.length : first;
    const size = Math.min(this.pageSize, input.limit ?? 10_000);
    const events = all.slice(from, from + size);
    return { events, nextForwardToken: `f/${from + events.length}`, nextBackwardToken: `b/${from}` };
  }

  async filterLogEvents(input: FilterLogEventsInput): ReturnType<LogsApi['filterLogEvents']> {
    this.calls.push(input);
    return filterStreams(this.streams, input, this.pageSize);
  }
}

/** Response of FilterLogEvents over streams of a group, a page per call. */
export function filterStreams(
  streams: ReadonlyMap<string, readonly LogEvent[]>,
  { logGroupName, logStreamNames, startTime = 0, nextToken }: FilterLogEventsInput,
  pageSize = 10_000,
): Awaited<ReturnType<LogsApi['filterLogEvents']>> {
  const all = logStreamNames.flatMap((logStreamName) => {
    const lines = streams.get(`${logGroupName} ${logStreamName}`);
    if (!lines) throw awsError('ResourceNotFoundException', 'The specified log stream does not exist.');
    return lines.map((line, index) => ({ ...line, logStreamName, eventId: `${logStreamName} ${index}` }));
  });
  const wanted = all.filter(({ timestamp = 0 }) => timestamp >= startTime);
  wanted.sort((a, b) => (a.timestamp ?? 0) - (b.timestamp ?? 0));
  const from = Number(nextToken ?? 0);
  const events = wanted.slice(from, from + pageSize);
  return { events, nextToken: from + pageSize < wanted.length ? String(from + pageSize) : null };
}

export function someClients(parts: Partial<AwsClients> = {}): AwsClients {
  return {
    key: 'test',
    region: 'us-east-1',
    ecs: new FakeEcs(),
    ec2: { describeVpcs: refuse('describeVpcs'), describeSubnets: refuse('describeSubnets') },
    logs: new FakeLogs(),
    sqs: {
      getQueueUrl: () => Promise.reject(awsError('QueueDoesNotExist', 'The specified queue does not exist.')),
      receiveMessages: refuse('receiveMessages'),
      deleteMessages: refuse('deleteMessages'),
      getQueueAttributes: refuse('getQueueAttributes'),
      changeMessageVisibilities: refuse('changeMessageVisibilities'),
    } satisfies SqsApi,
    sts: { getCallerIdentity: async () => ({ account: '123456789012', arn: null }) },
    ...parts,
  };
}

export function someSettings(parts: Partial<EcsSettings> = {}): EcsSettings {
  return { ...readEcsSettings({}), ...parts };
}

export function aPreparedTaskRun(parts: Partial<PreparedTaskRun> = {}): PreparedTaskRun {
  return {
    request: { taskDefinition: DEFINITION_ARN, cluster: 'analytics', launchType: 'FARGATE' },
    taskDefinition: { taskDefinitionArn: DEFINITION_ARN, family: 'etl', containerDefinitions: [{ name: 'prefect' }] },
    containerName: 'prefect',
    ...parts,
  };
}

export function aLaunchOrder(parts: Partial<LaunchOrder> & Pick<LaunchOrder, 'clients'>): LaunchOrder {
  return {
    prepare: async () => aPreparedTaskRun(),
    place: null,
    cluster: 'analytics',
    async launching() {},
    assertOwned() {},
    flowRunId: FLOW_RUN_ID,
    attempt: { flowRunId: FLOW_RUN_ID, id: ATTEMPT_ID, startedAtMs: Date.parse('2026-01-01T00:00:00Z') },
    relaunch: 0,
    mayHaveLaunched: false,
    signal: new AbortController().signal,
    cancelled: new AbortController().signal,
    logger: silentLogger,
    progress() {},
    ...parts,
  };
}

export function aFlowRun(parts: Partial<FlowRun> = {}): FlowRun {
  return { id: FLOW_RUN_ID, name: 'vivid-otter', ...parts } as FlowRun;
}

export function aConfiguration(parts: Partial<EcsRunConfiguration> = {}): EcsRunConfiguration {
  const configuration = Object.assign(Object.create(BaseJobConfiguration.prototype) as BaseJobConfiguration, {
    awsCredentials: null,
    cluster: 'analytics',
    taskRunRequest: {},
    containerName: 'prefect',
    streamOutput: false,
    labels: { 'prefect.io/flow-run-id': FLOW_RUN_ID, 'prefect.io/work-pool-name': 'ecs-pool' },
    ...parts,
  });
  return configuration as EcsRunConfiguration;
}

/** A context that records its calls. */
export class RememberingContext implements RunContext {
  readonly attempt = {
    flowRunId: FLOW_RUN_ID,
    id: ATTEMPT_ID,
    startedAtMs: Date.parse('2025-12-31T23:59:50Z'),
  };
  relaunch = 0;
  mayHaveLaunched = false;
  launchPlace: LaunchPlace | null = null;
  reported: Promise<void> = Promise.resolve();
  readonly stopped = new AbortController();
  readonly cancel = new AbortController();
  readonly signal: AbortSignal = this.stopped.signal;
  readonly cancelled: AbortSignal = this.cancel.signal;
  logger: Logger = silentLogger;
  outputCursor: string | null = null;
  readonly places: LaunchPlace[] = [];
  readonly pids: string[] = [];
  readonly phases: RunProgress[] = [];
  readonly lines: string[] = [];

  async launching(place: LaunchPlace): Promise<void> {
    this.places.push(place);
    this.signal.throwIfAborted();
    this.cancelled.throwIfAborted();
  }

  assertOwned(): void {}

  async started(infrastructurePid: string): Promise<void> {
    this.pids.push(infrastructurePid);
  }

  progress(progress: RunProgress): void {
    this.phases.push(progress);
  }

  output(lines: readonly { readonly message: string }[], cursor?: string): void {
    this.lines.push(...lines.map(({ message }) => message));
    this.outputCursor = cursor ?? null;
  }
}

/** A logger that records its lines. */
export class RememberingLogger implements Logger {
  readonly lines: { readonly level: string; readonly message: string; readonly fields: unknown }[] = [];

  debug(message: string, fields?: unknown): void {
    this.lines.push({ level: 'debug', message, fields });
  }

  info(message: string, fields?: unknown): void {
    this.lines.push({ level: 'info', message, fields });
  }

  warn(message: string, fields?: unknown): void {
    this.lines.push({ level: 'warn', message, fields });
  }

  error(message: string, fields?: unknown): void {
    this.lines.push({ level: 'error', message, fields });
  }

  child(): Logger {
    return this;
  }
}

export { silentLogger, silentMeter };
