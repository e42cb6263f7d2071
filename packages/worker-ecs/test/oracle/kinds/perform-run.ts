import {
  buildBaseJobTemplate,
  isJsonObject,
  type JsonObject,
  mergeJobVariables,
  type RunContext,
  SecretRegistry,
  silentLogger,
} from '@worker-host/core';
import { ECSJobConfiguration, type ECSWorker, plugin } from '@worker-host/ecs';
import type { RunInput } from '../case-types.js';
import { deploymentOf, flowOf, flowRunOf } from '../support/nouns.js';
import { RecordingReferences } from '../support/recording-references.js';
import { changedTemplate } from '../support/template.js';
import type { FakeWorld, WorldCall } from '../world/fake-world.js';

const DEFAULT_COMMAND = 'prefect flow-run execute';

/** Outcome of one run. */
export interface RunOutcome {
  /** In wire names; null: it could not be created. */
  readonly configuration: JsonObject | null;
  readonly calls: readonly WorldCall[];
  readonly result: { readonly identifier: string; readonly statusCode: number } | null;
  /** Identifier that the worker reported; null: none. */
  readonly started: string | null;
  readonly failure: { readonly stage: 'configuration' | 'launch'; readonly error: unknown } | null;
}

/**
 * Executes one run as a host does.
 *
 * @param workerOnce creates the worker when the first run needs it, so that invalid settings fail the run.
 * @param staysRunning true: the host stops watching as soon as the task is started, so that it still runs when the next
 * starts.
 */
export async function performRun(
  input: RunInput,
  world: FakeWorld,
  workerOnce: () => ECSWorker,
  environment: Readonly<Record<string, string>>,
  staysRunning: boolean,
): Promise<RunOutcome> {
  const firstCall = world.calls.length;
  const nothing = { configuration: null, calls: [], result: null, started: null };
  let configuration: ECSJobConfiguration;
  try {
    configuration = await configure(input, environment);
  } catch (error) {
    return { ...nothing, failure: { stage: 'configuration', error } };
  }
  const made = { ...nothing, configuration: configuration.toJSON() };
  if (input.stage !== 'run') return { ...made, failure: null };
  let started: string | null = null;
  const letGo = new AbortController();
  try {
    const context = contextOf(input, letGo.signal, (pid) => {
      started = pid;
      if (staysRunning) letGo.abort(new Error('The host lets go'));
    });
    const flowRun = flowRunOf(input.flowRun);
    const worker = workerOnce();
    if (input.entry === 'initiateRun') {
      await worker.initiateRun(flowRun, configuration, context);
      return { ...made, calls: world.calls.slice(firstCall), started, failure: null };
    }
    const { identifier, statusCode } = await worker.run(flowRun, configuration, context);
    const result = { identifier, statusCode };
    return { ...made, calls: world.calls.slice(firstCall), result, started, failure: null };
  } catch (error) {
    if (staysRunning && started !== null && error === letGo.signal.reason) {
      const result = { identifier: started, statusCode: 0 };
      return { ...made, calls: world.calls.slice(firstCall), result, started, failure: null };
    }
    return { ...made, calls: world.calls.slice(firstCall), started, failure: { stage: 'launch', error } };
  }
}

async function configure(input: RunInput, environment: Readonly<Record<string, string>>): Promise<ECSJobConfiguration> {
  const template = changedTemplate(input.baseJobTemplate ?? buildBaseJobTemplate(plugin), input.templateChanges ?? []);
  const { deployment, flowRun } = input.jobVariables;
  const values = input.stage === 'render' ? { ...deployment, ...flowRun } : mergeJobVariables(deployment, flowRun);
  const configuration = await ECSJobConfiguration.fromTemplateAndValues(template, values, {
    references: new RecordingReferences(input),
    environment,
    secrets: new SecretRegistry(),
  });
  if (input.stage === 'render') return configuration;
  const { workPool } = input;
  configuration.prepareForFlowRun({
    flowRun: flowRunOf(input.flowRun),
    deployment: deploymentOf(input.deployment),
    flow: flowOf(input.flow),
    workPool: isJsonObject(workPool) ? { id: String(workPool.id), name: String(workPool.name) } : null,
    worker: input.worker,
    environment: input.workerSettings ?? {},
    workerEnvironment: environment,
    prefectVersion: input.prefectVersion,
    defaultCommand: DEFAULT_COMMAND,
  });
  return configuration;
}

function contextOf({ flowRun }: RunInput, signal: AbortSignal, started: (pid: string) => void): RunContext {
  return {
    attempt: { flowRunId: String(flowRun.id), id: '1', startedAtMs: Date.parse('2026-01-01T00:00:00Z') },
    relaunch: 0,
    mayHaveLaunched: false,
    launchPlace: null,
    outputCursor: null,
    reported: Promise.resolve(),
    launching: async () => {},
    assertOwned: () => {},
    signal,
    cancelled: new AbortController().signal,
    logger: silentLogger,
    started: async (pid) => started(pid),
    progress: () => {},
    output: () => {},
  };
}
