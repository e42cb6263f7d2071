import {
  type Deployment,
  type FlowRun,
  isJsonObject,
  type Orchestrator,
  silentMeter,
  type WorkPool,
} from '@worker-host/core';
import type { HostSettings } from '../../configuration/resolve-host-settings.js';
import { createLogger } from '../../logging/create-logger.js';
import { ControlPlaneObjectNotFoundError } from '../cli-errors.js';
import type { CommandContext } from '../command-context.js';
import { type ControlPlaneChoice, chooseControlPlane } from './control-plane.js';
import { secretKeyOf } from './open-embedded-pool.js';

/** What commands read from either control plane, without connecting as a worker. */
export interface ControlPlaneReader {
  /** For requests that need no connected worker: references, job environment, reads by id. */
  readonly orchestrator: Orchestrator;
  /** Which control plane it is, and by which setting it was chosen. For people. */
  readonly description: string;
  /** @throws ControlPlaneObjectNotFoundError, or the control plane's own error of the same code */
  readPool(name: string): Promise<WorkPool>;
  /** @param name on a Prefect server: `<flow>/<deployment>` */
  readDeployment(name: string): Promise<{ readonly deployment: Deployment; readonly workPoolName: string | null }>;
  /** @param idOrName on a Prefect server: the id */
  readRun(idOrName: string): Promise<FlowRun>;
}

/** Opens the configured control plane for one command, and closes it afterwards. */
export async function withControlPlane<T>(
  context: CommandContext,
  settings: HostSettings,
  use: (reader: ControlPlaneReader) => Promise<T>,
): Promise<T> {
  const choice = chooseControlPlane(settings);
  return choice.kind === 'prefect'
    ? await withPrefect(context, choice, use)
    : await withEmbedded(context, settings, choice, use);
}

async function withPrefect<T>(
  context: CommandContext,
  choice: ControlPlaneChoice,
  use: (reader: ControlPlaneReader) => Promise<T>,
): Promise<T> {
  const { createPrefectOrchestrator } = await import('../../orchestrators/prefect/create-prefect-orchestrator.js');
  const { environment, clock } = context.io;
  const orchestrator = await createPrefectOrchestrator({
    settings: choice.prefect,
    environment,
    clock,
    logger: warningsOf(context),
    meter: silentMeter,
    secrets: context.secrets,
  });
  try {
    const version = await orchestrator.readServerVersion();
    return await use({
      orchestrator,
      description: `${orchestrator.description}${version === null ? '' : `, version ${version}`}`,
      readPool: async (name) => (await orchestrator.readWorkPool(name)) ?? missing('work pool', name),
      readDeployment: async (name) => {
        const deployment = (await orchestrator.findDeployment(name)) ?? missing('deployment', name);
        const pool = isJsonObject(deployment.json) ? deployment.json.work_pool_name : null;
        return { deployment, workPoolName: typeof pool === 'string' ? pool : null };
      },
      readRun: async (id) => (await orchestrator.readFlowRun(id)) ?? missing('flow run', id),
    });
  } finally {
    await orchestrator.close();
  }
}

async function withEmbedded<T>(
  context: CommandContext,
  settings: HostSettings,
  { reason }: ControlPlaneChoice,
  use: (reader: ControlPlaneReader) => Promise<T>,
): Promise<T> {
  const { createEmbeddedOrchestrator } = await import('../../orchestrators/embedded/create-embedded-orchestrator.js');
  const { openAdministration } = await import('../../orchestrators/embedded/administration.js');
  const { clock } = context.io;
  const options = { home: settings.home, secretKey: secretKeyOf(context), clock };
  const administration = await openAdministration(options);
  const { orchestrator } = createEmbeddedOrchestrator({ ...options, logger: warningsOf(context), reason });
  try {
    return await use({
      orchestrator,
      description: orchestrator.description,
      readPool: (name) => administration.readWorkPool(name),
      readDeployment: async (name) => {
        const deployment = await administration.readDeployment(name);
        return { deployment, workPoolName: deployment.workPoolName };
      },
      readRun: async (idOrName) => (await administration.readRun(idOrName)).flowRun,
    });
  } finally {
    await orchestrator.close();
    await administration.close();
  }
}

function missing(noun: string, name: string): never {
  throw new ControlPlaneObjectNotFoundError(noun, name);
}

function warningsOf({ io, secrets }: CommandContext) {
  return createLogger({ level: 'warn', format: 'text', write: io.err, secrets, nowMs: () => io.clock.nowMs() });
}
