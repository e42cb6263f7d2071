/** How a setting is written and parsed. */
export type SettingKind = 'string' | 'list' | 'integer' | 'number' | 'boolean' | { readonly enum: readonly string[] };

/**
 * One setting of the host. Its name (kebab-case) is the flag (`--work-queue`); the environment variable is the name in
 * upper case with the prefix `WORKER_HOST_`, and the key of the configuration file has underscores.
 */
export interface SettingDefinition {
  readonly name: string;
  readonly kind: SettingKind;
  /** For the reference page: effect, unit, default. */
  readonly description: string;
  /** False: it locates the configuration file, so the file cannot contain it. */
  readonly inFile: boolean;
  /** Minimum of a number. */
  readonly minimum?: number;
  /** Setting of Prefect that applies if this one is not set. */
  readonly prefectName?: string;
}

const setting = <Name extends string, Kind extends SettingKind>(
  name: Name,
  kind: Kind,
  description: string,
  more: { readonly inFile?: boolean; readonly minimum?: number; readonly prefectName?: string } = {},
) => ({ name, kind, description, inFile: true, ...more }) as const;

/** Every setting of the host, in the order of the reference page. */
export const SETTING_DEFINITIONS = [
  setting('home', 'string', "Directory of the embedded pool's data. Default: the user's data directory."),
  setting('config', 'string', 'Path of the configuration file. Default: worker-host.toml here, then in home.', {
    inFile: false,
  }),
  setting(
    'orchestrator',
    { enum: ['embedded', 'prefect'] } as const,
    'The control plane. Default: prefect when a Prefect API URL is set, else embedded.',
  ),
  setting('pool', 'string', 'The work pool to serve, or to create runs in.'),
  setting('type', 'string', 'The worker type. Default: the type of the pool, else of the only plugin found.'),
  setting('name', 'string', 'Name of the worker. Default: the worker type and a random id.'),
  setting('work-queue', 'list', 'Work queues to serve. Default: all queues of the pool.'),
  setting('limit', 'integer', 'Maximum number of active runs in this worker. Default: no limit.', { minimum: 1 }),
  setting('limit-cpu', 'number', 'Maximum total vCPUs of the active runs of this worker. Default: no limit.', {
    minimum: 0.125,
  }),
  setting(
    'limit-memory',
    'integer',
    'Maximum total memory of the active runs of this worker, in MiB. Default: no limit.',
    { minimum: 1 },
  ),
  setting(
    'prefetch-seconds',
    'number',
    'Seconds before its scheduled time at which a run is claimed. Default: 10; on the embedded pool 0.',
    {
      minimum: 0,
      prefectName: 'PREFECT_WORKER_PREFETCH_SECONDS',
    },
  ),
  setting('query-seconds', 'number', 'Seconds between polls for runs. Default: 10; on the embedded pool 1.', {
    minimum: 0.05,
    prefectName: 'PREFECT_WORKER_QUERY_SECONDS',
  }),
  setting('heartbeat-seconds', 'number', 'Seconds between heartbeats. Default: 30.', {
    minimum: 0.05,
    prefectName: 'PREFECT_WORKER_HEARTBEAT_SECONDS',
  }),
  setting(
    'run-once',
    'boolean',
    'Poll once, claim the due runs within the limits, wait until they have ended, then exit. Default: false.',
  ),
  setting('with-healthcheck', 'boolean', 'Serve /health, /ready and /metrics. Default: false.'),
  setting('webserver-host', 'string', 'Address of the health server. Default: 0.0.0.0.', {
    prefectName: 'PREFECT_WORKER_WEBSERVER_HOST',
  }),
  setting('webserver-port', 'integer', 'Port of the health server. Default: 8080.', {
    minimum: 0,
    prefectName: 'PREFECT_WORKER_WEBSERVER_PORT',
  }),
  setting('webserver-hosts', 'list', 'Public host names of the web page. Default: none.'),
  setting('webserver-token', 'string', 'Token required to read the web page and /metrics. Default: none.'),
  setting('base-job-template', 'string', 'File with the base job template of a pool that start creates.'),
  setting('create-pool-if-not-found', 'boolean', 'Let start create the pool if it does not exist. Default: true.'),
  setting('plugin', 'list', 'Worker plugins: a package name, a directory or a file.'),
  setting('extension', 'list', 'Extensions of host and plugins: a package name, a directory or a file.'),
  setting(
    'drain',
    { enum: ['leave', 'await'] } as const,
    'At the first stop signal: leave the jobs running, or await the end of all runs. Default: leave.',
  ),
  setting(
    'drain-deadline-seconds',
    'number',
    'Maximum duration of a drain in seconds. Default: none for await, 5 for leave.',
    {
      minimum: 0,
    },
  ),
  setting('recovery-seconds', 'number', 'Seconds between searches for runs of dead workers. Default: 5.', {
    minimum: 0.05,
  }),
  setting('reconcile-seconds', 'number', 'Seconds between comparisons of infrastructure and runs. Default: 300.', {
    minimum: 0.05,
  }),
  setting(
    'stop-final-runs',
    'boolean',
    'Stop the job of a run that another program made final or deleted, when found twice. Default: true.',
  ),
  setting(
    'relaunch-limit',
    'integer',
    'Maximum number of relaunches when the infrastructure failed. 0: none. Default: 2.',
    {
      minimum: 0,
    },
  ),
  setting(
    'death-limit',
    'integer',
    'Number of workers that die before they launch a run, after which it ends Crashed. 0: no limit. Default: 3.',
    {
      minimum: 0,
    },
  ),
  setting(
    'kill-grace-seconds',
    'integer',
    'Seconds that a cancelled job has to exit before it is killed. Default: 30.',
    {
      minimum: 0,
    },
  ),
  setting('notify-webhook', 'string', 'URL to which notifications are posted as JSON. Default: none.'),
  setting('notify-webhook-secret', 'string', 'Secret with which posted notifications are signed. Default: none.'),
  setting('notify-command', 'list', 'Program and arguments that get notifications on standard input. Default: none.'),
  setting('notify-on', 'list', 'What to notify about: failed, late, stuck. Default: all three.'),
  setting('notify-deployment', 'list', 'Deployments to notify about. Default: all, and runs without a deployment.'),
  setting('notify-late-seconds', 'number', 'Seconds that a run is overdue before it is late. Default: 60.', {
    minimum: 15,
  }),
  setting(
    'notify-stuck-seconds',
    'number',
    'Seconds that a claimed run may take to start before it is stuck. Default: 900.',
    { minimum: 30 },
  ),
  setting(
    'log-level',
    { enum: ['debug', 'info', 'warn', 'error'] } as const,
    "Minimum level of the worker's log. Default: info.",
  ),
  setting('log-format', { enum: ['text', 'json'] } as const, "Format of the worker's log. Default: text."),
  setting(
    'load-log-seconds',
    'number',
    'Seconds between log lines with slots and backlog, from which a log service makes metrics. 0: none. Default: 0.',
    {
      minimum: 0,
    },
  ),
  setting(
    'traces',
    'boolean',
    'Export traces of runs with OpenTelemetry. Default: true if an OTEL_* variable names a collector or an exporter.',
  ),
  setting('utc', 'boolean', 'Print times in UTC instead of local time. Default: false.'),
  setting('debug', 'boolean', 'Print stack traces with errors. Default: false.'),
] as const satisfies readonly SettingDefinition[];

type Definition = (typeof SETTING_DEFINITIONS)[number];

/** Name of a setting, kebab-case. */
export type SettingName = Definition['name'];

type ValueOf<Kind> = Kind extends 'string'
  ? string
  : Kind extends 'list'
    ? readonly string[]
    : Kind extends 'integer' | 'number'
      ? number
      : Kind extends 'boolean'
        ? boolean
        : Kind extends { readonly enum: readonly (infer Choice)[] }
          ? Choice
          : never;

/** Type of a setting's value. */
export type SettingValue<Name extends SettingName> = ValueOf<Extract<Definition, { name: Name }>['kind']>;

/** Returns the environment variable of a setting: `WORKER_HOST_WORK_QUEUE`. */
export function environmentNameOf(name: SettingName): string {
  return `WORKER_HOST_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Returns the key of a setting in the configuration file: `work_queue`. */
export function fileKeyOf(name: SettingName): string {
  return name.replaceAll('-', '_');
}
