import { CAPACITY_REASONS } from '../../faults/fault.js';
import { clientException } from '../../server/aws-error.js';
import { canonicalJson } from '../../server/json-body.js';
import type { Answer } from '../../server/operation.js';
import { chooseProvider } from '../clusters/capacity-providers.js';
import type { Cluster } from '../clusters/cluster-store.js';
import type { EcsState } from '../ecs-state.js';
import type { Failure, RunTaskRequest } from '../ecs-types.js';
import type { StoredDefinition } from '../task-definitions/definition-store.js';
import { checkRunAgainst, checkRunParameters, type Placement } from './check-run-request.js';
import { createTask, groupOf } from './create-task.js';
import { describeTask } from './describe-task.js';
import { faultTargetOf, type Task } from './task.js';

/** RunTask: the same token and parameters in the same cluster give the first answer again and start nothing. */
export function runTask(state: EcsState, request: RunTaskRequest): Answer {
  checkRunParameters(request);
  const cluster = state.clusters.get(request.cluster);
  const stored = state.definitions.find(request.taskDefinition ?? '');
  const { clientToken, ...parameters } = request;
  const scope = `${cluster.arn} ${clientToken}`;
  const resolved = stored?.definition.taskDefinitionArn ?? request.taskDefinition;
  const fingerprint =
    clientToken === undefined ? '' : canonicalJson({ ...parameters, cluster: cluster.arn, taskDefinition: resolved });
  const replayed = clientToken === undefined ? null : state.tokens.replay(scope, fingerprint);
  if (replayed !== null) return replayed;
  if (stored === null) throw clientException('TaskDefinition not found.');
  if (stored.definition.status !== 'ACTIVE') throw clientException('TaskDefinition is inactive');
  const placement = checkRunAgainst(request, stored.definition, cluster, state.network);
  takeLaunchBudget(state, placement, request.count ?? 1);
  const { tasks, failures } = launch(state, cluster, stored, request, placement);
  if (clientToken !== undefined) state.tokens.remember(scope, fingerprint, tasks, failures);
  return { tasks: tasks.map((task) => describeTask(task, true)), failures };
}

function takeLaunchBudget(state: EcsState, { launchType, strategy }: Placement, count: number): void {
  if (launchType !== 'FARGATE') return;
  const isSpot = strategy.length > 0 && strategy.every((item) => item.capacityProvider === 'FARGATE_SPOT');
  state.throttle.take(
    { bucket: 'fargateRunTask', tokens: 1 },
    { bucket: isSpot ? 'fargateSpotLaunch' : 'fargateLaunch', tokens: count },
  );
}

function launch(
  state: EcsState,
  cluster: Cluster,
  { definition, tags }: StoredDefinition,
  request: RunTaskRequest,
  { launchType, strategy }: Placement,
): { tasks: Task[]; failures: Failure[] } {
  const tasks: Task[] = [];
  const failures: Failure[] = [];
  for (let index = 0; index < (request.count ?? 1); index += 1) {
    const capacityProvider = strategy.length > 0 ? chooseProvider(strategy, cluster) : null;
    const id = state.ids.hex(32);
    const arn = state.arns.task(cluster.name, id);
    const group = groupOf(request, definition);
    const target = faultTargetOf({ arn, cluster, definition, request, group, launchType, capacityProvider });
    const refusal = state.faults.take('capacity', target);
    if (refusal !== null) {
      const reason = refusal.reason ?? 'fargate';
      failures.push({ ...failureArn(cluster, launchType), reason: CAPACITY_REASONS[reason] ?? reason });
      continue;
    }
    const task = createTask(
      {
        arn,
        id,
        sequence: state.nextSequence(),
        cluster,
        definition,
        definitionTags: tags,
        request,
        launchType,
        capacityProvider,
        nowMs: state.clock.nowMs(),
        hiddenUntilMs: state.reads.drawHiddenUntil(target),
      },
      state.network,
      state.ids,
    );
    tasks.push(task);
    state.begin(task);
  }
  return { tasks, failures };
}

/** Fargate's refusals name nothing; those of instances name the instance. */
function failureArn(cluster: Cluster, launchType: string): Pick<Failure, 'arn'> {
  const [instance] = cluster.containerInstanceArns;
  return launchType === 'FARGATE' || instance === undefined ? {} : { arn: instance };
}
