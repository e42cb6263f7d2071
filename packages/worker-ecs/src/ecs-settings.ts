import { type PluginSetting, WorkerError } from '@worker-host/core';
import { isLoopbackHost } from './aws/connection/proxy-rules.js';
import type { Environment } from './aws/region.js';
import { parseQueueAddress, type QueueAddress } from './observation/events/queue-address.js';

/** Settings of the worker are invalid. */
export class EcsSettingsError extends WorkerError {
  readonly code = 'ECS_SETTINGS_INVALID';

  constructor(problems: readonly string[]) {
    super(`The settings of the ECS plugin are invalid: ${problems.join('; ')}`, {
      details: { problems: [...problems] },
    });
  }
}

/** Retries when a task definition is registered. */
export interface RegistrationPatience {
  /** Maximum number of attempts [PREFECT_INTEGRATIONS_AWS_ECS_WORKER_REGISTER_TASK_DEFINITION_MAX_ATTEMPTS]. Default: 3. */
  readonly maxAttempts: number;
  /** First delay in seconds [..._INITIAL_DELAY_SECONDS]. Default: 1. */
  readonly initialDelaySeconds: number;
  /** Maximum delay in seconds [..._MAX_DELAY_SECONDS]. Default: 10. */
  readonly maxDelaySeconds: number;
}

/** Settings of the ECS worker, from the environment. Names in brackets; durations in seconds. */
export interface EcsSettings {
  /**
   * Minimum number of attempts of a launch after transient errors
   * [PREFECT_INTEGRATIONS_AWS_ECS_WORKER_CREATE_TASK_RUN_MAX_ATTEMPTS]. Default: 3.
   */
  readonly launchMaxAttempts: number;
  /** Minimum delay between two attempts [..._CREATE_TASK_RUN_MIN_DELAY_SECONDS]. Default: 1. */
  readonly launchMinDelaySeconds: number;
  /** Random part of the delay: minimum [..._MIN_DELAY_JITTER_SECONDS]. Default: 0. */
  readonly launchMinJitterSeconds: number;
  /** Random part of the delay: maximum [..._MAX_DELAY_JITTER_SECONDS]. Default: 3. */
  readonly launchMaxJitterSeconds: number;
  readonly registration: RegistrationPatience;
  /** Python version of the default image [WORKER_HOST_ECS_PYTHON_VERSION]. Default: 3.11. */
  readonly pythonVersion: string;
  /**
   * Whether job variables can set an endpoint for the worker's own credentials [WORKER_HOST_ECS_RUNS_CHOOSE_ENDPOINTS].
   * Default: false.
   */
  readonly runsChooseEndpoints: boolean;
  /** Seconds to retry after throttling and lost responses [WORKER_HOST_ECS_LAUNCH_PATIENCE_SECONDS]. Default: 600. 0: only the minimum number of attempts. */
  readonly launchPatienceSeconds: number;
  /**
   * How long a launch waits for capacity [WORKER_HOST_ECS_CAPACITY_WAIT_SECONDS]. Default: 1800. 0: only the minimum number of
   * attempts.
   */
  readonly capacityWaitSeconds: number;
  /**
   * From this relaunch, FARGATE_SPOT is replaced by FARGATE [WORKER_HOST_ECS_ON_DEMAND_FROM_RELAUNCH]. Default: never (null).
   */
  readonly onDemandFromRelaunch: number | null;
  /** Whether task events are read from SQS [PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED]. Default: true. */
  readonly observerEnabled: boolean;
  /** Name, URL or ARN [PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME]. Default: prefect-ecs-tasks-events. */
  readonly queue: QueueAddress;
  /** True: the name was configured, so a missing queue is a problem. */
  readonly isQueueNamed: boolean;
  /** Copy the tail of the output of crashed runs [..._OBSERVER_FORWARD_CRASHED_RUN_LOGS]. Default: true. */
  readonly forwardsCrashedRunLogs: boolean;
  /** Maximum number of these lines, 1 to 10000 [..._FORWARD_CRASHED_RUN_LOGS_MAX_EVENTS]. Default: 500. */
  readonly crashedRunLogLines: number;
  /** Copy the output during the run [WORKER_HOST_ECS_STREAM_OUTPUT]. Default: false. */
  readonly streamsOutput: boolean;
  /** Log group of containers whose definition sets none [WORKER_HOST_ECS_LOG_GROUP]. Null: none. */
  readonly fallbackLogGroup: string | null;
  /** Its stream prefix [WORKER_HOST_ECS_LOG_STREAM_PREFIX]. */
  readonly fallbackLogStreamPrefix: string | null;
  /** Seconds to wait for the last lines of output after an end [WORKER_HOST_ECS_LOG_SETTLE_SECONDS]. Default: 3. */
  readonly logSettleSeconds: number;
  /** Maximum time until a task has left PROVISIONING [WORKER_HOST_ECS_PROVISIONING_LIMIT_SECONDS]. 0, the default: no limit. */
  readonly provisioningLimitSeconds: number;
  /** Maximum time until a task is RUNNING [WORKER_HOST_ECS_START_LIMIT_SECONDS]. 0, the default: no limit. */
  readonly startLimitSeconds: number;
  /** Maximum time that a task can be RUNNING [WORKER_HOST_ECS_RUN_LIMIT_SECONDS]. 0, the default: no limit. */
  readonly runLimitSeconds: number;
}

const DEFAULT_QUEUE = 'prefect-ecs-tasks-events';
const LOCAL_LOG_GROUP = '/local-aws/ecs';
const LOCAL_LOG_STREAM_PREFIX = 'local';

/** Reads the settings. @throws EcsSettingsError with every problem. */
export function readEcsSettings(environment: Environment): EcsSettings {
  const read = new SettingsReader(environment);
  const settings = settingsOf(read, environment);
  read.assertNoProblems();
  return settings;
}

/** Returns every setting with its value and default, in the order in which they are read. */
export function describeEcsSettings(environment: Environment): readonly PluginSetting[] {
  const read = new SettingsReader(environment);
  settingsOf(read, environment);
  return read.seen;
}

function settingsOf(read: SettingsReader, environment: Environment): EcsSettings {
  const observer = 'PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER';
  const launch = 'PREFECT_INTEGRATIONS_AWS_ECS_WORKER_CREATE_TASK_RUN';
  const registration = 'PREFECT_INTEGRATIONS_AWS_ECS_WORKER_REGISTER_TASK_DEFINITION';
  const isLocal = pointsToThisMachine(environment);
  return {
    launchMaxAttempts: read.integer(`${launch}_MAX_ATTEMPTS`, 3, 1),
    launchMinDelaySeconds: read.number(`${launch}_MIN_DELAY_SECONDS`, 1),
    launchMinJitterSeconds: read.number(`${launch}_MIN_DELAY_JITTER_SECONDS`, 0),
    launchMaxJitterSeconds: read.number(`${launch}_MAX_DELAY_JITTER_SECONDS`, 3),
    registration: {
      maxAttempts: read.integer(`${registration}_MAX_ATTEMPTS`, 3, 1),
      initialDelaySeconds: read.number(`${registration}_INITIAL_DELAY_SECONDS`, 1),
      maxDelaySeconds: read.number(`${registration}_MAX_DELAY_SECONDS`, 10),
    },
    pythonVersion: read.text('WORKER_HOST_ECS_PYTHON_VERSION', '3.11'),
    runsChooseEndpoints: read.boolean('WORKER_HOST_ECS_RUNS_CHOOSE_ENDPOINTS', false),
    launchPatienceSeconds: read.number('WORKER_HOST_ECS_LAUNCH_PATIENCE_SECONDS', 600),
    capacityWaitSeconds: read.number('WORKER_HOST_ECS_CAPACITY_WAIT_SECONDS', 1800),
    onDemandFromRelaunch: read.optionalInteger('WORKER_HOST_ECS_ON_DEMAND_FROM_RELAUNCH', 1),
    observerEnabled: read.boolean(`${observer}_ENABLED`, true),
    queue: read.queue(`${observer}_SQS_QUEUE_NAME`, `${observer}_SQS_QUEUE_REGION`),
    isQueueNamed: read.text(`${observer}_SQS_QUEUE_NAME`, null) !== null,
    forwardsCrashedRunLogs: read.boolean(`${observer}_FORWARD_CRASHED_RUN_LOGS`, true),
    crashedRunLogLines: read.integer(`${observer}_FORWARD_CRASHED_RUN_LOGS_MAX_EVENTS`, 500, 1, 10_000),
    streamsOutput: read.boolean('WORKER_HOST_ECS_STREAM_OUTPUT', false),
    fallbackLogGroup: read.text('WORKER_HOST_ECS_LOG_GROUP', isLocal ? LOCAL_LOG_GROUP : null),
    fallbackLogStreamPrefix: read.text('WORKER_HOST_ECS_LOG_STREAM_PREFIX', isLocal ? LOCAL_LOG_STREAM_PREFIX : null),
    logSettleSeconds: read.number('WORKER_HOST_ECS_LOG_SETTLE_SECONDS', isLocal ? 0 : 3),
    provisioningLimitSeconds: read.number('WORKER_HOST_ECS_PROVISIONING_LIMIT_SECONDS', 0),
    startLimitSeconds: read.number('WORKER_HOST_ECS_START_LIMIT_SECONDS', 0),
    runLimitSeconds: read.number('WORKER_HOST_ECS_RUN_LIMIT_SECONDS', 0),
  };
}

function pointsToThisMachine(environment: Environment): boolean {
  const url = environment.AWS_ENDPOINT_URL_CLOUDWATCH_LOGS || environment.AWS_ENDPOINT_URL;
  return url !== undefined && URL.canParse(url) && isLoopbackHost(new URL(url).hostname);
}

class SettingsReader {
  readonly #problems: string[] = [];
  readonly #seen = new Map<string, PluginSetting>();

  constructor(private readonly environment: Environment) {}

  /** Settings that were read, each once. */
  get seen(): readonly PluginSetting[] {
    return [...this.#seen.values()];
  }

  text<Fallback extends string | null>(name: string, fallback: Fallback): string | Fallback {
    return this.#given(name, fallback) ?? fallback;
  }

  /** Parses a queue; its region is that of the second setting if its address has none. */
  queue(name: string, regionName: string): QueueAddress {
    const text = this.text(name, DEFAULT_QUEUE);
    const region = this.text(regionName, null);
    const address = parseQueueAddress(text);
    if (address === null) {
      this.#problems.push(`${name} must be the name, the URL or the ARN of an SQS queue, not '${text}'`);
      return { url: null, name: text, account: null, region };
    }
    if (region !== null && address.region !== null && region !== address.region) {
      this.#problems.push(`${regionName} is ${region}, but ${name} names a queue in ${address.region}`);
    }
    return { ...address, region: address.region ?? region };
  }

  boolean(name: string, fallback: boolean): boolean {
    const text = this.#given(name, fallback)?.toLowerCase();
    if (text === undefined) return fallback;
    if (['1', 'true', 't', 'yes', 'y', 'on'].includes(text)) return true;
    if (['0', 'false', 'f', 'no', 'n', 'off'].includes(text)) return false;
    this.#problems.push(`${name} must be true or false, not '${text}'`);
    return fallback;
  }

  number(name: string, fallback: number): number {
    const text = this.#given(name, fallback);
    if (text === null) return fallback;
    const value = Number(text);
    if (Number.isFinite(value) && value >= 0) return value;
    this.#problems.push(`${name} must be a number of 0 or more, not '${text}'`);
    return fallback;
  }

  integer(name: string, fallback: number, lowest: number, highest = Number.MAX_SAFE_INTEGER): number {
    return this.#integer(name, fallback, lowest, highest) ?? fallback;
  }

  optionalInteger(name: string, lowest: number): number | null {
    return this.#integer(name, null, lowest, Number.MAX_SAFE_INTEGER);
  }

  #integer(name: string, fallback: number | null, lowest: number, highest: number): number | null {
    const text = this.#given(name, fallback);
    if (text === null) return null;
    const value = Number(text);
    if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
    const range = highest === Number.MAX_SAFE_INTEGER ? `of ${lowest} or more` : `from ${lowest} to ${highest}`;
    this.#problems.push(`${name} must be a whole number ${range}, not '${text}'`);
    return null;
  }

  assertNoProblems(): void {
    if (this.#problems.length > 0) throw new EcsSettingsError(this.#problems);
  }

  /** Null: the setting is absent or blank. */
  #given(name: string, fallback: string | number | boolean | null): string | null {
    const value = this.environment[name]?.trim() || null;
    if (!this.#seen.has(name))
      this.#seen.set(name, { name, value, default: fallback === null ? '' : String(fallback) });
    return value;
  }
}
