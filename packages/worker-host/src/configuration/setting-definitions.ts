/** How a setting is written and read. */
export type SettingKind = 'string' | 'list' | 'integer' | 'number' | 'boolean' | { readonly enum: readonly string[] };

/**
 * One setting of the host. Its name (kebab-case) is the flag (`--work-queue`), in upper case behind `WORKER_HOST_` the
 * environment variable, and with underscores the key of the configuration file.
 */
export interface SettingDefinition {
  readonly name: string;
  readonly kind: SettingKind;
  /** For the reference page: what it does, unit, default. */
  readonly description: string;
  /** False: it says where the configuration file is, so the file cannot hold it. */
  readonly inFile: boolean;
  /** Lowest value of a number. */
  readonly minimum?: number;
  /** A setting of Prefect that counts when this one is set nowhere. */
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
  setting('pool', 'string', 'The work pool to serve or to queue in.'),
  setting('type', 'string', "The worker type. Default: the pool's, else that of the only plugin found."),
  setting('name', 'string', 'Name of the worker. Default: made from the worker type and a random id.'),
  setting('work-queue', 'list', 'Work queues to serve. Default: all of the pool.'),
  setting('limit', 'integer', 'Most runs alive at once in this worker. Default: no limit.', { minimum: 1 }),
  setting(
    'prefetch-seconds',
    'number',
    'Seconds before its scheduled time at which a run is taken. Default: 10; on the embedded pool 0.',
    {
      minimum: 0,
      prefectName: 'PREFECT_WORKER_PREFETCH_SECONDS',
    },
  ),
  setting('query-seconds', 'number', 'Seconds between two polls for runs. Default: 10; on the embedded pool 1.', {
    minimum: 0.05,
    prefectName: 'PREFECT_WORKER_QUERY_SECONDS',
  }),
  setting('heartbeat-seconds', 'number', 'Seconds between two heartbeats. Default: 30.', {
    minimum: 0.05,
    prefectName: 'PREFECT_WORKER_HEARTBEAT_SECONDS',
  }),
  setting(
    'run-once',
    'boolean',
    'Look for work once: take what is due and within the limits, stay with it to its end, exit. Default: false.',
  ),
  setting('with-healthcheck', 'boolean', 'Serve /health, /ready and /metrics. Default: false.'),
  setting('webserver-host', 'string', 'Address of the health server. Default: 0.0.0.0.', {
    prefectName: 'PREFECT_WORKER_WEBSERVER_HOST',
  }),
  setting('webserver-port', 'integer', 'Port of the health server. Default: 8080.', {
    minimum: 0,
    prefectName: 'PREFECT_WORKER_WEBSERVER_PORT',
  }),
  setting('webserver-hosts', 'list', 'Public names by which the status page may be called. Default: none.'),
  setting('webserver-token', 'string', 'Token that readers of the status page and /metrics show. Default: none.'),
  setting('base-job-template', 'string', 'File with the base job template of a pool that is made by start.'),
  setting('create-pool-if-not-found', 'boolean', 'Let start make the pool. Default: true.'),
  setting('plugin', 'list', 'Worker plugins: a package name, a directory or a file.'),
  setting('extension', 'list', 'Extensions of host and plugins: a package name, a directory or a file.'),
  setting(
    'drain',
    { enum: ['leave', 'await'] } as const,
    'At the first stop signal: leave the runs on their infrastructure, or await their ends. Default: leave.',
  ),
  setting('drain-deadline-seconds', 'number', 'Longest time a drain takes. Default: none for await, 5 for leave.', {
    minimum: 0,
  }),
  setting('recovery-seconds', 'number', 'Seconds between two searches for runs that dead workers left. Default: 5.', {
    minimum: 0.05,
  }),
  setting('reconcile-seconds', 'number', 'Seconds between two comparisons of infrastructure and runs. Default: 300.', {
    minimum: 0.05,
  }),
  setting(
    'stop-final-runs',
    'boolean',
    'Stop the infrastructure of a run that was made final or deleted from outside, once seen twice. Default: true.',
  ),
  setting('relaunch-limit', 'integer', 'New launches of a run whose infrastructure failed. 0: never. Default: 2.', {
    minimum: 0,
  }),
  setting(
    'death-limit',
    'integer',
    'Deaths of workers with a run they did not launch yet, after which it ends Crashed. 0: never. Default: 3.',
    {
      minimum: 0,
    },
  ),
  setting('kill-grace-seconds', 'integer', 'Seconds a cancelled job gets to end by itself. Default: 30.', {
    minimum: 0,
  }),
  setting(
    'log-level',
    { enum: ['debug', 'info', 'warn', 'error'] } as const,
    "Least severe level of the worker's own log. Default: info.",
  ),
  setting('log-format', { enum: ['text', 'json'] } as const, "Form of the worker's own log. Default: text."),
  setting('utc', 'boolean', 'Print times in UTC instead of the local time zone. Default: false.'),
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

/** The environment variable of a setting: `WORKER_HOST_WORK_QUEUE`. */
export function environmentNameOf(name: SettingName): string {
  return `WORKER_HOST_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** The key of a setting in the configuration file: `work_queue`. */
export function fileKeyOf(name: SettingName): string {
  return name.replaceAll('-', '_');
}
