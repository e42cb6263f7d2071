import type { FlowRun, InterruptedRun } from '@worker-host/core';
import type { FakePool } from '../../src/orchestrator/fake-pool.js';
import { type Break, withClient, withLease, withPoll, withTakeOver } from './broken-orchestrators.js';

const EVERYTHING = 1000;

const forgetsTheCancelled = withTakeOver(async (takeOver, _pool, limit) => {
  const taken = await takeOver(limit);
  return taken.filter(({ flowRun }) => flowRun.stateType !== 'CANCELLING');
});

/** What each pool has given to anybody. */
const given = new WeakMap<FakePool, InterruptedRun[]>();

/** Polls while the pool, or its queues, are as they should not be seen. */
async function pollWith(
  pool: FakePool,
  over: { readonly isPaused?: boolean; readonly concurrencyLimit?: number | null },
  poll: () => Promise<readonly FlowRun[]>,
): Promise<readonly FlowRun[]> {
  const { workPool } = pool;
  const queues = new Map(pool.queues);
  if (workPool !== null) pool.workPool = { ...workPool, ...over };
  for (const name of queues.keys()) pool.setQueue(name, over);
  const runs = await poll();
  pool.workPool = workPool;
  for (const [name, queue] of queues) pool.setQueue(name, queue);
  return runs;
}

const ignoresPauses = withPoll((poll, pool) => pollWith(pool, { isPaused: false }, poll));
const ignoresLimits = withPoll((poll, pool) => pollWith(pool, { concurrencyLimit: null }, poll));

const releasesUnfenced = withLease((lease, pool) => ({
  release: async (reason) => {
    await lease.release(reason);
    const entry = pool.entry(lease.attempt.flowRunId);
    entry.owner = null;
    entry.fencingToken = null;
  },
}));

/** Rules on releases, take-overs, order and limits, broken. */
export const BROKEN_OFFERS: readonly Break[] = [
  {
    fault: 'counts no resources',
    law: 'order and limits: grants no run for which the limit of vCPUs or memory of the pool leaves no room, and grants it when a run ends',
    change: withClient((client) => ({ claim: (flowRun, { signal } = {}) => client.claim(flowRun, { signal }) })),
  },
  {
    fault: 'forgets how long a run has found no room',
    law: 'order and limits: lets smaller runs overtake one that finds no room for a minute, and then no more',
    change: withClient((client, pool) => ({
      claim: (flowRun, options) => {
        for (const entry of pool.entries()) entry.noRoom = null;
        return client.claim(flowRun, options);
      },
    })),
  },
  {
    fault: 'releases nothing',
    law: 'release: offers a released run to another worker, with its attempt',
    change: withLease(() => ({ release: async () => undefined })),
  },
  {
    fault: 'offers a released run to others only',
    law: 'release: offers a released run to the same worker again, as often as it is released',
    change: withClient((client) => {
      const claimed = new Set<string>();
      return {
        claim: (flowRun, options) => {
          claimed.add(flowRun.id);
          return client.claim(flowRun, options);
        },
        takeOverInterruptedRuns: async (query) => {
          const taken = await client.takeOverInterruptedRuns(query);
          return taken.filter(({ flowRun }) => !claimed.has(flowRun.id));
        },
      };
    }),
  },
  {
    fault: 'knows no grace',
    law: 'release: does not offer a run that is released unreported before its grace is over',
    change: withLease((lease) => ({ release: () => lease.release('failed') })),
  },
  {
    fault: 'never offers what was not reported',
    law: 'release: offers a run that is released unreported once its grace is over',
    change: withLease((lease, pool) => ({
      release: async (reason) => {
        await lease.release(reason);
        pool.entry(lease.attempt.flowRunId).offeredFromMs = Number.POSITIVE_INFINITY;
      },
    })),
  },
  {
    fault: 'lets a cancelled run wait for its grace',
    law: 'release: offers a run that is released unreported without grace once it is cancelled',
    change: forgetsTheCancelled,
  },
  {
    fault: 'releases the run of another',
    law: 'release: takes no run from its new owner by a second release, or one after the lease has ended',
    change: releasesUnfenced,
  },
  {
    fault: 'releases a run that it has lost',
    law: 'release: takes no run from its new owner by the release of a lease that was lost without a word',
    change: releasesUnfenced,
  },
  {
    fault: 'gives the slot of a released run away',
    law: 'release: holds the slot of a run that is released',
    change: ignoresLimits,
  },
  {
    fault: 'throws from a release',
    law: 'release: does not throw when a release cannot be stored, and offers the run once it can',
    change: withLease((lease) => ({
      release: async (reason) => {
        await lease.label({ released: reason });
        await lease.release(reason);
      },
    })),
  },
  {
    fault: 'offers cancelled runs of the dead to nobody',
    law: 'cancels: offers the cancelled run of a dead worker to one that takes over',
    change: forgetsTheCancelled,
  },
  {
    fault: 'gives a run to everybody who asks',
    law: 'take-over: gives each run of a dead worker to one of several that take over together',
    change: withTakeOver(async (takeOver, pool, limit) => {
      const taken = await takeOver(limit);
      const earlier = given.get(pool) ?? [];
      given.set(pool, [...earlier, ...taken]);
      return [...earlier, ...taken];
    }),
  },
  {
    fault: 'takes over from the living',
    law: 'take-over: takes nothing from a worker that lives, and gives nobody a run that its process holds',
    change: withTakeOver(async (takeOver, pool, limit) => {
      for (const entry of pool.entries()) entry.owner = null;
      return await takeOver(limit);
    }),
  },
  {
    fault: 'does not sign off',
    law: 'take-over: offers the runs of a worker that signed off immediately',
    change: withClient(() => ({ close: async () => undefined })),
  },
  {
    fault: 'forgets the launch of the dead',
    law: 'take-over: hands on what the dead worker stored: launch, infrastructure, cursor',
    change: withTakeOver(async (takeOver, _pool, limit) =>
      (await takeOver(limit)).map((taken) => ({ ...taken, launch: null })),
    ),
  },
  {
    fault: 'forgets who died with a run',
    law: 'take-over: counts owners that died before they stored a launch, and no others',
    change: withTakeOver(async (takeOver, _pool, limit) =>
      (await takeOver(limit)).map((taken) => ({ ...taken, deaths: 0 })),
    ),
  },
  {
    fault: 'keeps the infrastructure of an earlier relaunch',
    law: 'take-over: forgets the infrastructure of an earlier relaunch with the launch of the next',
    change: withLease((lease, pool) => ({
      storeLaunch: async (launch) => {
        const pid = pool.run(lease.attempt.flowRunId)?.infrastructurePid ?? null;
        await lease.storeLaunch(launch);
        if (pid !== null) await lease.storeInfrastructurePid(pid);
      },
    })),
  },
  {
    fault: 'takes over all there is',
    law: 'take-over: takes over no more than is asked for, and the rest with the next calls',
    change: withTakeOver((takeOver) => takeOver(EVERYTHING)),
  },
  {
    fault: 'takes over what has ended',
    law: 'take-over: offers neither scheduled nor final runs',
    change: withTakeOver(async (takeOver, pool, limit) => {
      for (const { flowRun } of pool.entries()) if (flowRun.stateType === 'CRASHED') pool.put(flowRun.id, 'RUNNING');
      return await takeOver(limit);
    }),
  },
  {
    fault: "takes every run for another worker's",
    law: 'take-over: knows who owns a run',
    change: withClient(() => ({ ownerOf: async () => 'another' })),
  },
  {
    fault: 'has the first place first',
    law: 'take-over: remembers where runs were launched, the last place first',
    change: withClient((client) => ({ launchPlaces: async () => [...(await client.launchPlaces())].reverse() })),
  },
  {
    fault: 'offers the newest first',
    law: 'order and limits: offers what is due, the longest due first, and no more than asked for',
    change: withPoll(async (poll) => [...(await poll())].reverse()),
  },
  {
    fault: 'looks ahead an hour whatever is asked',
    law: 'order and limits: offers a run before it is due to a worker that looks ahead so far',
    change: withPoll((poll) => poll(3_600_000)),
  },
  {
    fault: 'knows no priorities',
    law: 'order and limits: offers runs by the priority of their queues before their time',
    change: withPoll(async (poll) => {
      const dueOf = ({ expectedStartTime }: FlowRun): number => Date.parse(expectedStartTime ?? '');
      return [...(await poll())].sort((a, b) => dueOf(a) - dueOf(b));
    }),
  },
  {
    fault: 'offers runs of all queues',
    law: 'order and limits: offers a worker runs of its own queues only',
    change: withClient((client) => ({
      open: (identity, request, listener) => client.open({ ...identity, workQueueNames: [] }, request, listener),
    })),
  },
  {
    fault: 'offers runs of a paused pool',
    law: 'order and limits: offers nothing while the pool is paused, and all again afterwards',
    change: ignoresPauses,
  },
  {
    fault: 'offers runs of a paused queue',
    law: 'order and limits: offers nothing of a queue that is paused',
    change: ignoresPauses,
  },
  {
    fault: 'knows no limit of the pool',
    law: 'order and limits: offers no more than the limit of the pool leaves, and more when a run ends',
    change: ignoresLimits,
  },
  {
    fault: 'knows no limit of queues',
    law: 'order and limits: offers no more than the limit of a queue leaves, and all of another',
    change: ignoresLimits,
  },
];
