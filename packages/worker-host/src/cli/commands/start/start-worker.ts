import { buildBaseJobTemplate, type Logger, silentMeter, type WorkerPlugin } from '@worker-host/core';
import type { HostSettings } from '../../../configuration/resolve-host-settings.js';
import { describeUnknownVariable } from '../../../configuration/unknown-variables.js';
import type { ServedPage } from '../../../health/health-server.js';
import type { Listening } from '../../../health/listening.js';
import { createWorkerHost } from '../../../host/composition.js';
import { runningPluginMethod } from '../../../host/plugin-faults.js';
import type { HostOutcome, WorkerHost } from '../../../host/worker-host.js';
import { createLogger } from '../../../logging/create-logger.js';
import { startLoadLog } from '../../../metrics/load-log.js';
import type { PrometheusMeter } from '../../../metrics/prometheus-meter.js';
import type { PrefectSettings } from '../../../orchestrators/prefect/settings/prefect-settings.js';
import { loadExtensions } from '../../../plugins/load-extensions.js';
import { loadPlugins } from '../../../plugins/load-plugins.js';
import { describeFailure } from '../../../plugins/plugin-errors.js';
import type { PluginRegistry } from '../../../plugins/plugin-registry.js';
import { wantsTraces } from '../../../tracing/tracing-settings.js';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { chooseControlPlane } from '../../control-plane/control-plane.js';
import { EXIT_CODES } from '../../exit-codes.js';
import { readBaseJobTemplate } from '../../input/base-job-template-file.js';
import { wantsColors } from '../../output/styles.js';
import { describePlugin } from '../../plugin-package.js';
import { type BannerFacts, renderBanner } from './banner.js';
import { prefectNumber, prefectText, workerSettingsOf } from './merge-prefect-settings.js';
import { type ControlPlane, openControlPlane } from './open-control-plane.js';
import { openNotifications } from './open-notifications.js';
import { openTraces } from './open-traces.js';
import { StopSignals } from './stop-signals.js';
import { type ChosenType, typeNamedOrOfPool, typeOfOnlyPlugin } from './worker-type.js';

const HELP = 'worker-host start --help';
/** Exit code of Node if an awaited promise can no longer resolve. */
const NOTHING_LEFT = 13;

/** Starts a worker and waits for its end. */
export async function startWorker(context: CommandContext, settings: HostSettings): Promise<void> {
  if (settings.get('log-format') === 'json') logInJson(context);
  const stops = new StopSignals(context, settings);
  const unlisten = context.io.onExit((code) => (stops.isStopping ? code : noteExit(context, code)));
  const serving = serve(context, settings, stops);
  // What remains of an abandoned start ends with the process.
  serving.catch(() => {});
  try {
    await Promise.race([serving, stops.beforeHost]);
  } finally {
    unlisten();
    stops.dispose();
  }
}

/** Handles an end of the process that the worker did not cause. */
function noteExit(context: CommandContext, code: number): number {
  if (code === NOTHING_LEFT) {
    context.note('The process exits: nothing keeps it alive, and the import or setup of a plugin has not finished.');
    return EXIT_CODES.PLUGIN.code;
  }
  const method = runningPluginMethod();
  const by = method === null ? '' : ` in ${method}() of the plugin`;
  context.note(`The process exits: process.exit() was called${by}. Jobs keep running; the next worker resumes them.`);
  return code === 0 ? EXIT_CODES.UNEXPECTED.code : code;
}

async function serve(context: CommandContext, settings: HostSettings, stops: StopSignals): Promise<void> {
  const { io, secrets } = context;
  io.outliveReaders();
  const workPoolName = settings.get('pool');
  if (workPoolName === undefined)
    throw new UsageError('No work pool is set. Pass --pool, or set WORKER_HOST_POOL.', HELP);
  const choice = chooseControlPlane(settings);
  const templateFile = settings.get('base-job-template');
  const givenTemplate = templateFile === undefined ? null : readBaseJobTemplate(io.workingDirectory, templateFile);
  const logger = await openLogger(context, settings, choice.prefect);
  const withHealth = settings.get('with-healthcheck') ?? false;
  const withExemplars = wantsTraces(settings.get('traces'), io.environment);
  const prometheus = withHealth ? await createMeter(withExemplars) : null;
  const meter = prometheus ?? silentMeter;
  const tracing = await openTraces(context, settings, logger, meter);
  const controlPlane = await openControlPlane({ choice, settings, context, logger, meter });
  try {
    controlPlane.prepare(workPoolName, settings.get('name'));
    const { registry, chosen } = await choosePlugin(context, settings, workPoolName, controlPlane.readPoolType);
    const plugin = registry.get(chosen.type);
    const extensions = await loadExtensions(settings.get('extension') ?? [], io.workingDirectory);
    const ofPlugin = plugin.settings?.(io.environment).map(({ name }) => name) ?? [];
    for (const unknown of context.unknownVariables(ofPlugin)) logger.warn(describeUnknownVariable(unknown));
    const notifications = openNotifications({
      context,
      settings,
      controlPlane,
      workPoolName,
      workerName: () => host.settings.workerName,
      activeRuns: () => host.status.runs,
      logger,
      meter,
    });
    const host: WorkerHost = createWorkerHost({
      orchestrator: controlPlane.orchestrator,
      plugin,
      extensions,
      settings: workerSettingsOf(settings, choice.prefect, workPoolName),
      logger,
      clock: io.clock,
      meter,
      tracing,
      secrets,
      environment: io.environment,
      ...(notifications === null ? {} : { observer: notifications }),
      baseJobTemplate: givenTemplate ?? buildBaseJobTemplate(plugin),
    });
    const health =
      prometheus === null ? null : await openHealth(context, settings, choice.prefect, host, prometheus, controlPlane);
    announce(context, {
      workerName: host.settings.workerName,
      workPoolName,
      workQueueNames: host.settings.workQueueNames,
      type: chosen.type,
      typeReason: chosen.reason,
      plugin: pluginText(registry, plugin),
      extensions: extensions.map(({ name }) => name),
      controlPlane: controlPlane.description,
      dataFile: controlPlane.dataFile,
      limit: host.settings.limit,
      limitVcpus: host.settings.limitVcpus,
      limitMemoryMib: host.settings.limitMemoryMib,
      healthUrl: health?.url ?? null,
      isRunOnce: host.settings.isRunOnce,
      drain: host.settings.drain,
    });
    if (stops.isStopping) return;
    stops.serve(host);
    const unlisten = io.onUnhandled((error, origin) => host.takeUnhandled(error, origin));
    const endLoadLog = openLoadLog(context, settings, { host, logger, controlPlane });
    notifications?.watch();
    try {
      const outcome = await host.run();
      context.note(`Stopped. ${farewell(outcome)}.`);
    } finally {
      unlisten();
      endLoadLog();
      await notifications?.close();
      await Promise.all([health?.close(), tracing?.close()]);
    }
  } finally {
    await controlPlane.orchestrator.close();
  }
}

function announce(context: CommandContext, facts: BannerFacts): void {
  if (context.log === null) context.note(renderBanner(facts));
  else context.log.info('Starting the worker', { ...facts });
}

/** Standard error contains only JSON: notes, warnings of Node and the error that ends the worker are log lines. */
function logInJson(context: CommandContext): void {
  const { io, secrets } = context;
  const log = createLogger({ format: 'json', write: io.err, secrets, nowMs: () => io.clock.nowMs() });
  context.log = log;
  io.onWarning((warning) => log.warn(warning.message, { warning: warning.name }));
}

function farewell({ runsEnded, runsLeft }: HostOutcome): string {
  const ended = `${runsEnded} ${runsEnded === 1 ? 'run' : 'runs'} ended`;
  if (runsLeft === 0) return ended;
  return `${ended}; ${runsLeft === 1 ? '1 is' : `${runsLeft} are`} left to the next worker`;
}

async function createMeter(withExemplars: boolean): Promise<PrometheusMeter> {
  const { createPrometheusMeter } = await import('../../../metrics/prometheus-meter.js');
  return await createPrometheusMeter({ withExemplars });
}

async function openHealth(
  context: CommandContext,
  settings: HostSettings,
  prefect: PrefectSettings,
  host: WorkerHost,
  meter: PrometheusMeter,
  controlPlane: ControlPlane,
): Promise<Listening> {
  const { openHealthServer } = await import('../../../health/health-server.js');
  return await openHealthServer({
    host: settings.get('webserver-host') ?? prefectText(prefect, 'webserver-host'),
    port: settings.get('webserver-port') ?? prefectNumber(prefect, 'webserver-port'),
    access: { hosts: settings.get('webserver-hosts') ?? [], token: pageToken(context, settings) },
    status: () => host.status,
    backlog: () => controlPlane.readBacklog(host.settings.workPoolName),
    meter,
    openPage: () => openPage(context, host, controlPlane),
    nowMs: () => context.io.clock.nowMs(),
  });
}

function openLoadLog(
  { io }: CommandContext,
  settings: HostSettings,
  {
    host,
    logger,
    controlPlane,
  }: { readonly host: WorkerHost; readonly logger: Logger; readonly controlPlane: ControlPlane },
): () => void {
  const everySeconds = settings.get('load-log-seconds') ?? 0;
  if (everySeconds === 0) return () => {};
  const { readBacklog } = controlPlane;
  const backlog = () => readBacklog(host.settings.workPoolName);
  return startLoadLog({ everySeconds, status: () => host.status, backlog, logger, clock: io.clock });
}

/** Returns the read-only page of `worker-host ui`, including this worker. */
async function openPage(context: CommandContext, host: WorkerHost, controlPlane: ControlPlane): Promise<ServedPage> {
  const { UiPage } = await import('../../../ui/ui-page.js');
  const administration = await controlPlane.openAdministration();
  const worker = {
    status: () => host.status,
    backlog: () => controlPlane.readBacklog(host.settings.workPoolName),
    runPage: (flowRunId: string) => controlPlane.runPage(flowRunId),
  };
  const { secrets, io } = context;
  const page = new UiPage({ administration, worker, actionToken: null, secrets, clock: io.clock });
  return {
    respond: (request, response) => page.respond(request, response),
    close: () => {
      page.close();
      void administration?.close();
    },
  };
}

function pageToken({ secrets }: CommandContext, settings: HostSettings): string | null {
  const token = settings.get('webserver-token') ?? null;
  if (token !== null) secrets.add(token);
  return token;
}

async function openLogger(context: CommandContext, settings: HostSettings, prefect: PrefectSettings): Promise<Logger> {
  const isDebugging = prefect.flag('PREFECT_WORKER_DEBUG_MODE', false) || prefect.flag('PREFECT_DEBUG_MODE', false);
  return createLogger({
    level: settings.get('log-level') ?? (isDebugging ? 'debug' : 'info'),
    format: settings.get('log-format') ?? 'text',
    write: context.io.err,
    secrets: context.secrets,
    colors: wantsColors(context.io, context.io.stderrIsTerminal),
    times: context.times,
    nowMs: () => context.io.clock.nowMs(),
  });
}

async function choosePlugin(
  context: CommandContext,
  settings: HostSettings,
  workPoolName: string,
  readPoolType: (name: string, isTypeNamed: boolean) => Promise<string | null>,
): Promise<{ readonly registry: PluginRegistry; readonly chosen: ChosenType }> {
  const type = settings.get('type');
  const named = type === undefined ? null : { type, source: settings.sourceOf('type') ?? '--type' };
  const known = typeNamedOrOfPool(workPoolName, named, await readPoolType(workPoolName, named !== null));
  const registry = await loadPlugins({
    specifiers: settings.get('plugin') ?? [],
    workingDirectory: context.io.workingDirectory,
    type: known?.type ?? null,
  });
  for (const failure of registry.failures) context.note(`A plugin cannot be loaded: ${describeFailure(failure)}`);
  return { registry, chosen: known ?? typeOfOnlyPlugin(workPoolName, registry.knownTypes) };
}

function pluginText(registry: PluginRegistry, plugin: WorkerPlugin): string {
  const loaded = registry.plugins.find((each) => each.plugin === plugin);
  return loaded === undefined ? plugin.displayName : describePlugin(loaded).package;
}
