import type { Logger } from '@worker-host/core';
import { LAUNCH_ERROR_TABLE } from '../../src/aws/launch-errors/launch-error-table.js';
import type { EcsSettings } from '../../src/ecs-settings.js';
import type { EcsLaunchPlace } from '../../src/place/ecs-launch-place.js';
import { EcsTaskLauncher } from '../../src/task-run/ecs-task-launcher.js';
import type { LaunchedTask, LaunchOrder, PreparedTaskRun } from '../../src/task-run/launch-types.js';
import { aLaunchOrder, aPreparedTaskRun, silentMeter, someClients, someSettings } from './builders.js';
import { FakeClock } from './fake-clock.js';
import { FakeEcs } from './fake-ecs.js';

export const NO_CAPACITY = {
  tasks: [],
  failures: [
    { reason: 'Capacity is unavailable at this time. Please try again later or in a different availability zone' },
  ],
};

export const ANALYTICS = 'arn:aws:ecs:us-east-1:123456789012:cluster/analytics';

/** Place of a launch in the cluster of {@link aPreparedTaskRun}. */
export function aPlace(tokenRow: number): EcsLaunchPlace {
  return { account: '123456789012', region: 'us-east-1', clusterArn: ANALYTICS, tokenRow };
}

export type LaunchParts = Partial<LaunchOrder> & { readonly prepared?: PreparedTaskRun; readonly logger?: Logger };

/** A launcher on a small ECS, with a clock that advances on request. */
export function aLaunchSubject(settings: Partial<EcsSettings> = {}) {
  const clock = new FakeClock();
  const ecs = new FakeEcs();
  ecs.nowMs = () => clock.nowMs();
  const clients = someClients({ ecs });
  const launcher = new EcsTaskLauncher(someSettings(settings), clock, silentMeter, LAUNCH_ERROR_TABLE.toReversed());
  const places: EcsLaunchPlace[] = [];
  const launching = async (place: EcsLaunchPlace): Promise<void> => void places.push(place);
  /** Starts a launch without advancing the time. */
  const begin = ({ prepared = aPreparedTaskRun(), ...parts }: LaunchParts = {}): Promise<LaunchedTask> => {
    const launch = launcher.launch(aLaunchOrder({ clients, launching, prepare: async () => prepared, ...parts }));
    launch.catch(() => {});
    return launch;
  };
  /** Launches while time passes. */
  const launch = (parts: LaunchParts = {}): Promise<LaunchedTask> => clock.run(begin(parts));
  const sent = (key: string) =>
    ecs.calls.flatMap(({ operation, input }) =>
      operation === 'runTask' ? [(input as Record<string, unknown>)[key]] : [],
    );
  return { clock, ecs, clients, launcher, begin, launch, sent, places };
}

/** Returns the reason with which a promise rejects. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => {
      throw new Error('it succeeded');
    },
    (reason) => reason,
  );
}
