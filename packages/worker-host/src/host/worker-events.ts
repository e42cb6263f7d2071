import type { Deployment, EventResource, Flow, FlowRun, WorkerEvent, WorkPool } from '@worker-host/core';
import { workerSlug } from './worker-slug.js';

/** Worker and pool of events. */
export interface EventSpeaker {
  readonly workerName: string;
  readonly workerType: string;
  readonly prefectVersion: string;
  readonly workPool: Pick<WorkPool, 'id' | 'name'> | null;
}

/** Run of an event. */
export interface RunOfEvent {
  readonly flowRun: FlowRun;
  readonly deployment: Deployment | null;
  readonly flow: Flow | null;
  /** Id of the event `submitted-flow-run`. */
  readonly submittedEventId: string | null;
}

export function workerStarted(speaker: EventSpeaker): WorkerEvent {
  return { event: 'prefect.worker.started', resource: workerResource(speaker), related: workPoolResource(speaker) };
}

/** @param startedEventId id of the event `started`. */
export function workerStopped(speaker: EventSpeaker, startedEventId: string | null): WorkerEvent {
  return {
    event: 'prefect.worker.stopped',
    resource: workerResource(speaker),
    related: workPoolResource(speaker),
    follows: startedEventId,
  };
}

export function flowRunSubmitted(speaker: EventSpeaker, run: RunOfEvent): WorkerEvent {
  return {
    event: 'prefect.worker.submitted-flow-run',
    resource: workerResource(speaker),
    related: relatedToRun(speaker, run, {}),
  };
}

export function flowRunExecuted(
  speaker: EventSpeaker,
  run: RunOfEvent,
  identifier: string,
  statusCode: number,
): WorkerEvent {
  return {
    event: 'prefect.worker.executed-flow-run',
    resource: workerResource(speaker),
    related: relatedToRun(speaker, run, {
      'prefect.infrastructure.identifier': identifier,
      'prefect.infrastructure.status-code': String(statusCode),
    }),
    follows: run.submittedEventId,
  };
}

function workerResource({ workerName, workerType, prefectVersion }: EventSpeaker): EventResource {
  return {
    'prefect.resource.id': `prefect.worker.${workerType}.${workerSlug(workerName)}`,
    'prefect.resource.name': workerName,
    'prefect.version': prefectVersion,
    'prefect.worker-type': workerType,
  };
}

function relatedToRun(speaker: EventSpeaker, run: RunOfEvent, ofFlowRun: EventResource): readonly EventResource[] {
  const { deployment, flow, flowRun } = run;
  const tags = [...(deployment?.tags ?? []), ...(flow?.tags ?? []), ...flowRun.tags];
  return [
    ...(deployment === null ? [] : [{ ...related('deployment', deployment), ...branchOf(deployment) }]),
    ...(flow === null ? [] : [related('flow', flow)]),
    { ...related('flow-run', flowRun), ...ofFlowRun },
    ...[...new Set(tags)]
      .sort()
      .map((tag) => ({ 'prefect.resource.id': `prefect.tag.${tag}`, 'prefect.resource.role': 'tag' })),
    ...workPoolResource(speaker),
  ];
}

function workPoolResource({ workPool }: EventSpeaker): readonly EventResource[] {
  return workPool === null ? [] : [related('work-pool', workPool)];
}

function related(kind: string, { id, name }: { readonly id: string; readonly name: string }): EventResource {
  return {
    'prefect.resource.id': `prefect.${kind}.${id}`,
    'prefect.resource.role': kind,
    'prefect.resource.name': name,
  };
}

/** Labels of a deployment of a branch. */
function branchOf({ json }: Deployment): EventResource {
  const resource: Record<string, string> = {};
  if (typeof json.branch === 'string') resource['prefect.deployment.branch'] = json.branch;
  for (const key of ['base', 'root'] as const)
    if (typeof json[key] === 'string') resource[`prefect.deployment.${key}`] = `prefect.deployment.${json[key]}`;
  return resource;
}
