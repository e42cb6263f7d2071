import { FINAL_STATE_TYPES } from '@worker-host/core';
import type { EcsContainer, EcsTask } from '../aws/ecs-api.js';
import { diagnoseEcsTask, type EcsTaskDiagnosis } from './diagnosis/diagnose-ecs-task.js';
import type { ObservedFlowRun, ObservedStateProposal } from './ecs-observer-ports.js';

const DEFAULT_CONTAINER_NAME = 'prefect';
const STARTING_STATUSES = ['PENDING', 'PROVISIONING'];
const FINAL: readonly string[] = FINAL_STATE_TYPES;

/** Returns the state to propose for a run whose task is being prepared. Null: none. */
export function proposalForStartingTask(task: EcsTask, flowRun: ObservedFlowRun | null): ObservedStateProposal | null {
  if (flowRun === null || !STARTING_STATUSES.includes(task.lastStatus ?? '')) return null;
  const type = flowRun.state?.type;
  if (type !== undefined && (type === 'RUNNING' || type === 'PAUSED' || FINAL.includes(type))) return null;
  const message = `The ECS task is ${(task.lastStatus ?? '').toLowerCase()}.`;
  return { flowRunId: flowRun.id, type: 'PENDING', name: 'InfrastructurePending', message };
}

/** What to do about a run whose task has stopped. */
export interface StoppedTaskDecision {
  readonly diagnosis: EcsTaskDiagnosis | null;
  readonly proposal: ObservedStateProposal | null;
  /** True: copy the tail of the output to the run's log, unless the control plane aborts the proposal. */
  readonly copiesLogs: boolean;
  /** Container whose output is copied; null: determined from the task definition. */
  readonly logContainerName: string | null;
}

const NOTHING: StoppedTaskDecision = { diagnosis: null, proposal: null, copiesLogs: false, logContainerName: null };

/** Decides what a stopped task means for its run. */
export function decideOnStoppedTask(task: EcsTask, flowRun: ObservedFlowRun | null): StoppedTaskDecision {
  const type = flowRun?.state?.type;
  if (!flowRun || type === undefined) return NOTHING;
  if (type === 'SCHEDULED' || type === 'PAUSED' || FINAL.includes(type)) return NOTHING;
  const containers = task.containers ?? [];
  const main = containers.find(({ name }) => name === DEFAULT_CONTAINER_NAME);
  const failed = (main ? [main] : containers).filter(({ exitCode }) => exitCode !== 0);
  if (failed.length === 0 && containers.length > 0) return NOTHING;
  const logContainer = main ?? (containers.length === 1 ? containers[0] : undefined);
  return {
    diagnosis: diagnoseEcsTask(task),
    proposal: type === 'CANCELLING' ? null : crashProposal(flowRun.id, task, failed),
    copiesLogs: type !== 'RUNNING' && (logContainer !== undefined || containers.length === 0),
    logContainerName: logContainer?.name ?? null,
  };
}

function crashProposal(
  flowRunId: string,
  task: EcsTask,
  failed: readonly EcsContainer[],
): ObservedStateProposal | null {
  if (failed.length > 0) {
    const names = failed.map(({ name, containerArn }) => name ?? containerArn ?? 'without a name');
    const message = `The task stopped, and these containers did not exit with code 0: ${names.join(', ')}.`;
    return { flowRunId, type: 'CRASHED', name: 'Crashed', message };
  }
  if (task.stopCode !== 'TaskFailedToStart') return null;
  const reason = task.stoppedReason || 'ECS gives no reason';
  return { flowRunId, type: 'CRASHED', name: 'Crashed', message: `The task failed to start: ${reason}` };
}
