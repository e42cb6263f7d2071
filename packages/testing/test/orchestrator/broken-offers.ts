import type { FlowRun, InterruptedRun } from '@worker-host/core';
import type { FakePool } from '../../src/orchestrator/fake-pool.js';
import { type Break, withClient, withLease, withPoll, withTakeOver } from './broken-orchestrators.js';

const EVERYTHING = 1000;

const forgetsTheCancelled = withTakeOver(async (takeOver, _pool, limit) => {
  const taken = await takeOver(limit);
  return taken.filter(({ flowRun }) => flowRun.stateType !== 'CANCELLING');
});

/** Runs that each pool has granted to anyone. */
const given = new WeakMap<FakePool, InterruptedRun[]>();

/** Polls while the pool or its queues appear in another state. */
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

/** Control planes that break laws on releases, take-overs, order and limits. */
export const BROKEN_OFFERS: readonly Break[] = [
  {
    fault: 'does not count resources',
    law: 'order and limits: refuses a claim that exceeds the vCPU or memory limit of the pool until a run ends',
    change: withClient((client) => ({ claim: (flowRun, { signal } = {}) => client.claim(flowRun, { signal }) })),
  },
  {
    fault: 'forgets since when a run does not fit',
    law: 'order and limits: lets smaller runs overtake a run that does not fit for at most a minute',
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
    fault: 'has no grace period',
    law: 'release: does not offer a run released as unreported during its grace period',
    change: withLease((lease) => ({ release: () => lease.release('failed') })),
  },
  {
    fault: 'never offers unreported runs',
    law: 'release: offers a run released as unreported after its grace period',
    change: withLease((lease, pool) => ({
      release: async (reason) => {
        await lease.release(reason);
        pool.entry(lease.attempt.flowRunId).offeredFromMs = Number.POSITIVE_INFINITY;
      },
    })),
  },
  {
    fault: 'delays a cancelled run by the grace period',
    law: 'release: offers a run released as unreported immediately once it is cancelled',
    change: forgetsTheCancelled,
  },
  {
    fault: 'releases the run of another owner',
    law: 'release: ignores a second release, and a release after the lease has ended',
    change: releasesUnfenced,
  },
  {
    fault: 'releases a run that it no longer owns',
    law: 'release: ignores the release of a lease that was lost unnoticed',
    change: releasesUnfenced,
  },
  {
    fault: 'frees the slot of a released run',
    law: 'release: keeps the slot of a released run occupied',
    change: ignoresLimits,
  },
  {
    fault: 'throws if a release fails',
    law: 'release: does not throw if a release cannot be stored, and offers the run once it is stored',
    change: withLease((lease) => ({
      release: async (reason) => {
        await lease.label({ released: reason });
        await lease.release(reason);
      },
    })),
  },
  {
    fault: 'never offers cancelled runs of dead workers',
    law: 'cancels: offers the cancelled run of a dead worker for take-over',
    change: forgetsTheCancelled,
  },
  {
    fault: 'grants a run to every worker that takes over',
    law: 'take-over: grants each run of a dead worker to only one of several that take over concurrently',
    change: withTakeOver(async (takeOver, pool, limit) => {
      const taken = await takeOver(limit);
      const earlier = given.get(pool) ?? [];
      given.set(pool, [...earlier, ...taken]);
      return [...earlier, ...taken];
    }),
  },
  {
    fault: 'takes over runs of live workers',
    law: 'take-over: grants no run of a live worker, and none that the calling process holds',
    change: withTakeOver(async (takeOver, pool, limit) => {
      for (const entry of pool.entries()) entry.owner = null;
      return await takeOver(limit);
    }),
  },
  {
    fault: 'does not deregister on close',
    law: 'take-over: offers the runs of a worker immediately after it closed',
    change: withClient(() => ({ close: async () => undefined })),
  },
  {
    fault: 'loses the launch of a dead worker',
    law: 'take-over: returns what the dead worker stored: launch, infrastructure, cursor',
    change: withTakeOver(async (takeOver, _pool, limit) =>
      (await takeOver(limit)).map((taken) => ({ ...taken, launch: null })),
    ),
  },
  {
    fault: 'does not count deaths',
    law: 'take-over: counts only owners that died before they stored a launch',
    change: withTakeOver(async (takeOver, _pool, limit) =>
      (await takeOver(limit)).map((taken) => ({ ...taken, deaths: 0 })),
    ),
  },
  {
    fault: 'keeps the infrastructure of an earlier relaunch',
    law: 'take-over: clears the infrastructure of the previous relaunch when the next launch is stored',
    change: withLease((lease, pool) => ({
      storeLaunch: async (launch) => {
        const pid = pool.run(lease.attempt.flowRunId)?.infrastructurePid ?? null;
        await lease.storeLaunch(launch);
        if (pid !== null) await lease.storeInfrastructurePid(pid);
      },
    })),
  },
  {
    fault: 'ignores the limit of a take-over',
    law: 'take-over: takes over at most the requested number, and the rest with the next calls',
    change: withTakeOver((takeOver) => takeOver(EVERYTHING)),
  },
  {
    fault: 'takes over final runs',
    law: 'take-over: takes over neither scheduled nor final runs',
    change: withTakeOver(async (takeOver, pool, limit) => {
      for (const { flowRun } of pool.entries()) if (flowRun.stateType === 'CRASHED') pool.put(flowRun.id, 'RUNNING');
      return await takeOver(limit);
    }),
  },
  {
    fault: 'reports every run as owned by another worker',
    law: 'take-over: reports who owns a run',
    change: withClient(() => ({ ownerOf: async () => 'another' })),
  },
  {
    fault: 'returns the oldest place first',
    law: 'take-over: returns recent launch places, the newest first',
    change: withClient((client) => ({ launchPlaces: async () => [...(await client.launchPlaces())].reverse() })),
  },
  {
    fault: 'forgets launch places with their runs',
    law: 'take-over: returns the search places of deleted runs of a dead worker, each once',
    change: withClient((client, pool) => ({
      launchPlaces: async () => {
        const launched = [...pool.entries()].map(({ launch }) => launch?.place.at);
        return (await client.launchPlaces()).filter(({ at }) => launched.includes(at));
      },
    })),
  },
  {
    fault: 'returns launch places with their tokens',
    law: 'take-over: returns the search places of deleted runs of a dead worker, each once',
    change: withLease((lease) => ({ storeLaunch: ({ relaunch, place }) => lease.storeLaunch({ relaunch, place }) })),
  },
  {
    fault: 'offers the newest runs first',
    law: 'order and limits: offers due runs, the longest due first, and at most the requested number',
    change: withPoll(async (poll) => [...(await poll())].reverse()),
  },
  {
    fault: 'always offers runs of the next hour',
    law: 'order and limits: offers a run before it is due to a worker that polls ahead',
    change: withPoll((poll) => poll(3_600_000)),
  },
  {
    fault: 'ignores priorities',
    law: 'order and limits: orders runs by the priority of their queues first, then by time',
    change: withPoll(async (poll) => {
      const dueOf = ({ expectedStartTime }: FlowRun): number => Date.parse(expectedStartTime ?? '');
      return [...(await poll())].sort((a, b) => dueOf(a) - dueOf(b));
    }),
  },
  {
    fault: 'offers runs of all queues',
    law: 'order and limits: offers a worker only runs of its queues',
    change: withClient((client) => ({
      open: (identity, request, listener) => client.open({ ...identity, workQueueNames: [] }, request, listener),
    })),
  },
  {
    fault: 'offers runs of a paused pool',
    law: 'order and limits: offers nothing while the pool is paused, and everything after it is resumed',
    change: ignoresPauses,
  },
  {
    fault: 'offers runs of a paused queue',
    law: 'order and limits: offers no runs of a paused queue',
    change: ignoresPauses,
  },
  {
    fault: 'ignores the limit of the pool',
    law: 'order and limits: respects the limit of the pool, and offers more when a run ends',
    change: ignoresLimits,
  },
  {
    fault: 'ignores the limit of queues',
    law: 'order and limits: respects the limit of a queue without affecting other queues',
    change: ignoresLimits,
  },
];
