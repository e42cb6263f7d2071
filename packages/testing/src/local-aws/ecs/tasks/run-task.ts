import { CAPACITY_REASONS } from '../../faults/fault.js';
import { AwsError, clientException, isThrottling } from '../../server/aws-error.js';
import { canonicalJson } from '../../server/json-body.js';
import type { Answer } from '../../server/operation.js';
import { chooseProvider } from '../capacity/choose-provider.js';
import { checkProvisioningLimit } from '../capacity/provisioning-limit.js';
import type { Cluster } from '../clusters/cluster-store.js';
import type { EcsState } from '../ecs-state.js';
import type { Failure, RunTaskRequest } from '../ecs-types.js';
import type { StoredDefinition } from '../task-definitions/definition-store.js';
import { checkActive } from './check-active.js';
import { checkRunAgainst, checkRunParameters } from './check-run-request.js';
import { createTask, groupOf } from './create-task.js';
import { describeTask } from './describe-task.js';
import type { Placement } from './resolve-placement.js';
import { faultTargetOf, type Task } from './task.js';

interface Launched {
  readonly tasks: readonly Task[];
  readonly failures: readonly Failure[];
}

/** RunTask: repeating token and parameters in the same cluster returns the first response and starts nothing. */
export function runTask(state: EcsState, request: RunTaskRequest): Answer {
  checkRunParameters(request);
  const cluster = state.clusters.get(request.cluster);
  const stored = state.definitions.find(request.taskDefinition ?? '');
  const { clientToken, ...parameters } = request;
  const use = () => launchOrThrow(state, cluster, stored, request);
  if (clientToken === undefined) return answerOf(use());
  const scope = `${cluster.arn} ${clientToken}`;
  const resolved = stored?.definition.taskDefinitionArn ?? request.taskDefinition;
  const fingerprint = canonicalJson({ ...parameters, cluster: cluster.arn, taskDefinition: resolved });
  return state.tokens.replay(scope, fingerprint) ?? answerOf(useToken(state, scope, fingerprint, use));
}

/** Launches, and stores the outcome for the token, as far as ECS is assumed to. */
function useToken(state: EcsState, scope: string, fingerprint: string, use: () => Launched): Launched {
  const { failuresUseToken, refusalsUseToken } = state.assumptions.values;
  try {
    const launched = use();
    const isKept = launched.tasks.length > 0 || failuresUseToken;
    if (isKept) state.tokens.remember(scope, fingerprint, { ...launched, refusal: null });
    return launched;
  } catch (error) {
    if (refusalsUseToken && error instanceof AwsError && error.status < 500 && !isThrottling(error)) {
      state.tokens.remember(scope, fingerprint, { tasks: [], failures: [], refusal: error });
    }
    throw error;
  }
}

function answerOf({ tasks, failures }: Launched): Answer {
  return { tasks: tasks.map((task) => describeTask(task, true)), failures };
}

function launchOrThrow(
  state: EcsState,
  cluster: Cluster,
  stored: StoredDefinition | null,
  request: RunTaskRequest,
): Launched {
  if (stored === null) throw clientException('TaskDefinition not found.');
  checkActive(state, cluster, stored.definition, request);
  const placement = checkRunAgainst(request, stored.definition, cluster, state);
  takeLaunchBudget(state, placement, request.count ?? 1);
  if (placement.kind === 'auto-scaling-group') checkProvisioningLimit(cluster, request.count ?? 1);
  return launch(state, cluster, stored, request, placement);
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
): Launched {
  const tasks: Task[] = [];
  const failures: Failure[] = [];
  for (let index = 0; index < (request.count ?? 1); index += 1) {
    const provider = strategy.length > 0 ? state.providers.get(chooseProvider(strategy, cluster)) : null;
    const id = state.ids.hex(32);
    const arn = state.arns.task(cluster.name, id);
    const group = groupOf(request, definition);
    const start = { arn, cluster, definition, request, group, launchType, provider };
    const target = faultTargetOf(start);
    const refusal = state.faults.take('capacity', target);
    if (refusal !== null) {
      const reason = refusal.reason ?? 'fargate';
      failures.push({ ...failureArn(cluster, launchType), reason: CAPACITY_REASONS[reason] ?? reason });
      continue;
    }
    if (state.capacity.isRefused(start)) {
      failures.push({ ...failureArn(cluster, launchType), reason: CAPACITY_REASONS.cpu ?? '' });
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
        provider,
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

/** Refusals of Fargate name no resource; those of instances name the instance. */
function failureArn(cluster: Cluster, launchType: string): Pick<Failure, 'arn'> {
  const [instance] = cluster.containerInstanceArns;
  return launchType === 'FARGATE' || instance === undefined ? {} : { arn: instance };
}
