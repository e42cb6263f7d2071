import type { Logger, Meter, Orchestrator } from '@worker-host/core';
import type { HostSettings } from '../../../configuration/resolve-host-settings.js';
import { polledBacklog } from '../../../metrics/polled-backlog.js';
import type { Backlog } from '../../../metrics/status-metrics.js';
import type { LateRun } from '../../../notifications/notifications.js';
import type { Administration } from '../../../orchestrators/embedded/administration-types.js';
import type { CommandContext } from '../../command-context.js';
import type { ControlPlaneChoice } from '../../control-plane/control-plane.js';
import { secretKeyOf } from '../../control-plane/open-embedded-pool.js';

/** The control plane of a worker, before the worker connects. */
export interface ControlPlane {
  readonly orchestrator: Orchestrator;
  /** Starts to connect, while the plugin is loaded. @param workerName undefined: it is generated later. */
  prepare(workPoolName: string, workerName: string | undefined): void;
  /** For people, including the setting that selected it. */
  readonly description: string;
  /** File of the embedded pool. Null: the control plane stores its data elsewhere. */
  readonly dataFile: string | null;
  /** Reads the number of waiting runs in the served pool. */
  readonly readBacklog: (workPoolName: string) => Promise<Backlog>;
  /** Opens the page data of an embedded pool. Null: the control plane stores its data elsewhere. */
  openAdministration(): Promise<Administration> | null;
  /** Returns up to 200 unclaimed runs of a pool that were due before a time (milliseconds since the epoch). */
  readLate(workPoolName: string, beforeMs: number): Promise<readonly LateRun[]>;
  /** Returns the URL of a run in the UI of the server. Null: there is none. */
  runPage(flowRunId: string): string | null;
  /** Returns the command that prints the log of a run. */
  logCommand(flowRunId: string): string;
  /**
   * Returns the worker type of a pool. Null: the pool does not exist, or the type is not needed.
   *
   * @param isTypeNamed a Prefect server is called only if no setting contains the type
   */
  readPoolType(workPoolName: string, isTypeNamed: boolean): Promise<string | null>;
}

/** Creates the selected control plane without importing the other. */
export async function openControlPlane(given: {
  readonly choice: ControlPlaneChoice;
  readonly settings: HostSettings;
  readonly context: CommandContext;
  readonly logger: Logger;
  readonly meter: Meter;
}): Promise<ControlPlane> {
  return given.choice.kind === 'prefect' ? await openPrefect(given) : await openEmbedded(given);
}

type Given = Parameters<typeof openControlPlane>[0];

async function openPrefect({ choice, context, logger, meter }: Given): Promise<ControlPlane> {
  const { runPageOf } = await import('../../../orchestrators/prefect/run-page.js');
  const { createPrefectOrchestrator } = await import('../../../orchestrators/prefect/create-prefect-orchestrator.js');
  const { environment, clock } = context.io;
  const dependencies = { settings: choice.prefect, environment, clock, logger, meter, secrets: context.secrets };
  const orchestrator = await createPrefectOrchestrator(dependencies);
  return {
    orchestrator,
    prepare: (workPoolName, name) => {
      if (name !== undefined) orchestrator.prepare({ name, workPoolName });
    },
    description: orchestrator.description,
    dataFile: null,
    readBacklog: polledBacklog(orchestrator, clock),
    openAdministration: () => null,
    readLate: async (workPoolName, beforeMs) =>
      (await orchestrator.readLate(workPoolName, beforeMs)).map((flowRun) => ({
        flowRun,
        dueMs: Date.parse(flowRun.nextScheduledStartTime ?? flowRun.expectedStartTime ?? ''),
        reason: 'No worker has claimed it.',
      })),
    runPage: (flowRunId) => runPageOf(choice.prefect, flowRunId),
    logCommand: (flowRunId) => `prefect flow-run logs ${flowRunId}`,
    readPoolType: async (name, isTypeNamed) =>
      isTypeNamed ? null : ((await orchestrator.readWorkPool(name))?.type ?? null),
  };
}

async function openEmbedded({ choice, settings, context, logger }: Given): Promise<ControlPlane> {
  const { createEmbeddedOrchestrator } = await import(
    '../../../orchestrators/embedded/create-embedded-orchestrator.js'
  );
  const { clock } = context.io;
  for (const warning of choice.prefect.warnings) logger.warn(warning);
  const { orchestrator, databasePath, poolType, backlog, late } = createEmbeddedOrchestrator({
    home: settings.home,
    secretKey: secretKeyOf(context),
    nowMs: () => clock.nowMs(),
    clock,
    logger,
    reason: choice.reason,
  });
  return {
    orchestrator,
    prepare: () => {},
    description: `embedded pool (${choice.reason})`,
    dataFile: databasePath,
    readBacklog: async (workPoolName) => backlog(workPoolName),
    openAdministration: async () => {
      const { openAdministration } = await import('../../../orchestrators/embedded/administration.js');
      const { home } = settings;
      return await openAdministration({ home, secretKey: secretKeyOf(context), clock, nowMs: () => clock.nowMs() });
    },
    readLate: async (workPoolName, beforeMs) => late(workPoolName, beforeMs),
    runPage: () => null,
    logCommand: (flowRunId) => `worker-host runs logs ${flowRunId}`,
    readPoolType: async (name) => poolType(name),
  };
}
