import {
  type BaseJobConfiguration,
  type Deployment,
  type Flow,
  type FlowRun,
  type JsonObject,
  mergeJobVariables,
  type Orchestrator,
  PREFECT_VERSION,
  type ReferenceReader,
  type WorkerPlugin,
} from '@worker-host/core';
import type { CommandContext } from './command-context.js';
import type { VariableLayer } from './commands/render/value-sources.js';
import type { ControlPlaneReader } from './control-plane/control-plane-reader.js';

const NO_ID = '00000000-0000-0000-0000-000000000000';
/** Represents the worker that will claim the run, if no setting contains its name. */
const UNNAMED_WORKER = 'WORKER';

/** What to render: a job, its template, and the run it is prepared for. */
export interface RenderSubject {
  readonly type: string;
  readonly template: JsonObject;
  readonly flowRun: FlowRun;
  readonly deployment: Deployment | null;
  readonly flow: Flow | null;
  readonly workPool: { readonly id: string; readonly name: string } | null;
  /** Null: there is no control plane. */
  readonly orchestrator: Orchestrator | null;
  /** In order of precedence. */
  readonly layers: readonly VariableLayer[];
}

/** Job variables of the command line, and the name of the run with them in the output. */
export interface AdHocJob {
  readonly jobVariables: JsonObject;
}

/** Returns a job of the command line with a template that belongs to no pool. */
export function subjectOfTemplate(type: string, template: JsonObject, job: AdHocJob): RenderSubject {
  return {
    type,
    template,
    flowRun: adHocRun(job, null),
    deployment: null,
    flow: null,
    workPool: null,
    orchestrator: null,
    layers: [{ name: 'command line', variables: job.jobVariables }],
  };
}

/** Returns a job of the command line in a pool. */
export async function subjectOfPool(reader: ControlPlaneReader, pool: string, job: AdHocJob): Promise<RenderSubject> {
  const { id, name, type, baseJobTemplate } = await reader.readPool(pool);
  const subject = subjectOfTemplate(type, baseJobTemplate, job);
  return { ...subject, workPool: { id, name }, orchestrator: reader.orchestrator };
}

/** Returns the next run of a deployment; job variables of the command line take precedence over its own. */
export async function subjectOfDeployment(
  reader: ControlPlaneReader,
  name: string,
  job: AdHocJob,
): Promise<RenderSubject> {
  const { deployment, workPoolName } = await reader.readDeployment(name);
  const subject = await subjectOfPool(reader, workPoolName ?? '', job);
  const flow = deployment.flowId === null ? null : await reader.orchestrator.readFlow(deployment.flowId);
  return {
    ...subject,
    flowRun: adHocRun(job, deployment),
    deployment,
    flow,
    layers: [...subject.layers, { name: 'deployment', variables: deployment.jobVariables }],
  };
}

/** Returns an existing run, as it would be launched now. */
export async function subjectOfRun(reader: ControlPlaneReader, idOrName: string): Promise<RenderSubject> {
  const { orchestrator } = reader;
  const flowRun = await reader.readRun(idOrName);
  const { id, name, type, baseJobTemplate } = await reader.readPool(flowRun.workPoolName ?? '');
  const deployment = flowRun.deploymentId === null ? null : await orchestrator.readDeployment(flowRun.deploymentId);
  const flowId = flowRun.flowId ?? deployment?.flowId ?? null;
  return {
    type,
    template: baseJobTemplate,
    flowRun,
    deployment,
    flow: flowId === null ? null : await orchestrator.readFlow(flowId),
    workPool: { id, name },
    orchestrator,
    layers: [
      { name: 'run', variables: flowRun.jobVariables },
      ...(deployment === null ? [] : [{ name: 'deployment', variables: deployment.jobVariables }]),
    ],
  };
}

/**
 * Returns the configuration that the subject is launched with, prepared for its run.
 *
 * @throws JobConfigurationError and other errors of template and plugin, as for a launch
 */
export async function configurationOf(
  subject: RenderSubject,
  plugin: WorkerPlugin,
  context: CommandContext,
  workerName: string | undefined,
): Promise<BaseJobConfiguration> {
  const { orchestrator, deployment, flow, flowRun, workPool, template } = subject;
  const { environment } = context.io;
  const configuration = await (plugin.configuration as typeof BaseJobConfiguration).fromTemplateAndValues(
    template,
    mergeJobVariables(deployment?.jobVariables ?? {}, flowRun.jobVariables),
    { environment, references: orchestrator?.references ?? NO_REFERENCES, secrets: context.secrets },
  );
  configuration.prepareForFlowRun({
    flowRun,
    deployment,
    flow,
    workPool,
    worker: { id: null, name: workerName ?? UNNAMED_WORKER },
    environment: jobEnvironmentOf(subject),
    workerEnvironment: environment,
    prefectVersion: orchestrator?.prefectVersion ?? PREFECT_VERSION,
    defaultCommand: orchestrator?.defaultCommand ?? null,
  });
  return configuration;
}

export function jobEnvironmentOf({ orchestrator, flowRun }: RenderSubject): Readonly<Record<string, string>> {
  return orchestrator?.jobEnvironment(flowRun) ?? {};
}

/** A run that was not created has no id and no name. */
export function isAdHoc({ flowRun }: RenderSubject): boolean {
  return flowRun.id === NO_ID;
}

const NO_REFERENCES: ReferenceReader = {
  readBlockDocumentById: async () => null,
  readBlockDocument: async () => null,
  readVariable: async () => null,
};

function adHocRun({ jobVariables }: AdHocJob, deployment: Deployment | null): FlowRun {
  return {
    id: NO_ID,
    name: 'RUN',
    flowId: deployment?.flowId ?? null,
    deploymentId: deployment?.id ?? null,
    workPoolName: null,
    workQueueName: null,
    state: null,
    stateType: null,
    stateName: null,
    parameters: {},
    tags: [],
    jobVariables,
    labels: {},
    infrastructurePid: null,
    startTime: null,
    expectedStartTime: null,
    nextScheduledStartTime: null,
    runCount: 0,
    json: { id: NO_ID, name: 'RUN' },
  };
}
