import {
  assertNotFinal,
  type Break,
  withClient,
  withLease,
  withListener,
  withoutLoss,
  writeUnfenced,
} from './broken-orchestrators.js';

const claimsAgain = withClient((client, pool) => ({
  claim: async (flowRun, options) => {
    if (pool.run(flowRun.id) !== null) pool.put(flowRun.id, 'SCHEDULED');
    return await client.claim(flowRun, options);
  },
}));

const storesUnfenced = withLease((lease, pool) => ({
  storeInfrastructurePid: async (infrastructurePid) => writeUnfenced(pool, lease, { infrastructurePid }),
}));

const renewsAnything = withLease((lease) => ({ renew: (signal) => withoutLoss(lease.renew(signal), undefined) }));

/** Control planes that break laws on claims, fencing, expiry, lost responses and cancellation. */
export const BROKEN_OWNERS: readonly Break[] = [
  {
    fault: 'grants claims in any state',
    law: 'claims: grants a run to only one of several workers that claim it concurrently',
    change: claimsAgain,
  },
  {
    fault: 'names another run in the lease',
    law: 'claims: grants the lease of an attempt of that run, and stops offering the run',
    change: withLease(({ attempt }) => ({ attempt: { ...attempt, flowRunId: 'another' } })),
  },
  {
    fault: 'gives all attempts the same id',
    law: 'claims: starts a new attempt without data of the previous one when the run was rescheduled',
    change: withLease(({ attempt }) => ({ attempt: { ...attempt, id: 'attempt' } })),
  },
  {
    fault: 'grants claims of cancelled runs',
    law: 'claims: refuses a run that is claimed, cancelled or final, and changes nothing',
    change: claimsAgain,
  },
  {
    fault: 'grants claims of deleted runs',
    law: 'claims: refuses a run that was deleted',
    change: withClient((client, pool) => ({
      claim: async (flowRun, options) => {
        if (pool.run(flowRun.id) === null) pool.addRun(flowRun);
        return await client.claim(flowRun, options);
      },
    })),
  },
  {
    fault: 'reads only the first of several runs',
    law: 'claims: reads several runs by id, and omits those that do not exist',
    change: withClient((client) => ({ readFlowRuns: (ids) => client.readFlowRuns(ids.slice(0, 1)) })),
  },
  {
    fault: 'accepts workers of the same name silently',
    law: 'claims: refuses a second live worker with the same name, or reports it',
    change: withClient((client) => ({
      heartbeat: async (signal) => ({ ...(await client.heartbeat(signal)), namesakes: [] }),
    })),
  },
  {
    fault: 'drops earlier labels',
    law: 'fencing: stores what the owner writes',
    change: withLease((lease, pool) => ({
      label: async (labels) => writeUnfenced(pool, lease, { labels: { ...labels } }),
    })),
  },
  {
    fault: 'stores the infrastructure of a stale owner',
    law: 'fencing: refuses every write of a lease whose run another worker has taken over',
    change: storesUnfenced,
  },
  {
    fault: 'stores labels of an earlier attempt',
    law: 'fencing: refuses every write of an earlier attempt, also by the same worker',
    change: withLease((lease, pool) => ({
      label: async (labels) => writeUnfenced(pool, lease, { labels: { ...labels } }),
    })),
  },
  {
    fault: 'accepts proposals after the final state',
    law: 'fencing: refuses every write after the final state that it accepted',
    change: withLease((lease) => ({
      proposeState: (proposal) =>
        withoutLoss(lease.proposeState(proposal), { status: 'ABORT', state: null, reason: 'final' }),
    })),
  },
  {
    fault: 'drops the results of a lost run silently',
    law: 'fencing: refuses every write when the run was made final or scheduled again from outside',
    change: withLease((lease) => ({ storeResult: (result) => withoutLoss(lease.storeResult(result), undefined) })),
  },
  {
    fault: 'renews the lease of a deleted run',
    law: 'fencing: refuses every write when the run was deleted',
    change: renewsAnything,
  },
  {
    fault: 'uses one token for all leases',
    law: 'fencing: gives each ownership its own fencing token',
    change: withLease(() => ({ fencingToken: 'token' })),
  },
  {
    fault: 'stores output of any worker',
    law: 'fencing: stores the output of the owner, and drops that of a lease that has ended',
    change: withLease(({ attempt }, pool) => ({
      output: (lines) => void pool.find(attempt.flowRunId)?.output.push(...lines),
    })),
  },
  {
    fault: 'grants leases of a day',
    law: 'expiry: expires a lease at most leaseMs after the start of the last heartbeat',
    change: withLease((_lease, pool) => ({ expiresAtMs: pool.clock.monotonicMs() + 86_400_000 })),
  },
  {
    fault: 'does not extend leases',
    law: 'expiry: extends every lease with each heartbeat, counted from its start',
    change: withLease(({ expiresAtMs }) => ({ expiresAtMs })),
  },
  {
    fault: 'does not send heartbeats',
    law: 'expiry: does not offer the runs of a worker that keeps sending heartbeats',
    change: withClient((_client, pool) => ({ heartbeat: async () => ({ workPool: pool.workPool, namesakes: [] }) })),
  },
  {
    fault: 'writes through an expired lease',
    law: 'expiry: refuses the write of an expired lease even after a later heartbeat, and offers the run to its worker again',
    change: storesUnfenced,
  },
  {
    fault: 'renews no lease',
    law: 'expiry: renews an expired lease that no worker has taken over',
    change: withLease(() => ({ renew: async () => undefined })),
  },
  {
    fault: 'renews leases that another worker has taken over',
    law: 'expiry: does not renew a lease that another worker has taken over',
    change: renewsAnything,
  },
  {
    fault: 'starts a new attempt when a claim is repeated',
    law: 'late answers: grants the same attempt again to a worker whose claim response was lost',
    change: claimsAgain,
  },
  {
    fault: 'refuses a repeated claim',
    law: 'late answers: grants a claim again after a lost response, even if its worker holds a lease of the previous attempt',
    change: withClient((client, pool) => ({
      claim: async (flowRun, options) => {
        const isPending = pool.run(flowRun.id)?.stateType === 'PENDING';
        return isPending ? { claimed: false, reason: 'it is Pending' } : await client.claim(flowRun, options);
      },
    })),
  },
  {
    fault: 'treats a claim with a lost response as a held lease',
    law: 'late answers: offers a run again to a worker whose claim response was lost, because it holds no lease',
    change: withClient((client, pool) => {
      const asked = new Set<string>();
      return {
        claim: (flowRun, options) => {
          asked.add(flowRun.id);
          return client.claim(flowRun, options);
        },
        takeOverInterruptedRuns: async (query) => {
          const isAsked = [...pool.entries()].some(({ flowRun, owner }) => asked.has(flowRun.id) && owner === client);
          return isAsked ? [] : await client.takeOverInterruptedRuns(query);
        },
      };
    }),
  },
  {
    fault: 'stores a state each time it is proposed',
    law: 'late answers: stores a state once that is proposed again after a lost response',
    change: withLease((lease) => ({ proposeState: (proposal) => lease.proposeState({ ...proposal, force: true }) })),
  },
  {
    fault: 'does not recognise its own final state',
    law: 'late answers: accepts a final state again after a lost response, and stores it once',
    change: withLease((lease, pool) => ({
      proposeState: async (proposal) => {
        assertNotFinal(pool, lease);
        return await lease.proposeState(proposal);
      },
    })),
  },
  {
    fault: 'ends a lease when a response is lost',
    law: 'late answers: keeps the lease after a write with a lost response, so that it can be repeated',
    change: withLease((lease) => ({
      storeInfrastructurePid: async (pid) => {
        await lease.storeInfrastructurePid(pid).catch(async (error: unknown) => {
          await lease.release('failed');
          throw error;
        });
      },
    })),
  },
  {
    fault: 'reports no cancellation',
    law: 'cancels: reports the cancellation of a run to its owner',
    change: withListener(() => ({ onCancelling: () => undefined })),
  },
  {
    fault: 'forgets a cancellation whose read failed',
    law: 'cancels: reports a cancellation after a failed read',
    change: withListener((listener, client) => {
      let isFailing = false;
      client.mute = () => {
        isFailing = true;
      };
      client.unmute = () => {
        isFailing = false;
      };
      return { onCancelling: (id) => isFailing || listener.onCancelling(id) };
    }),
  },
  {
    fault: 'starts runs that are being cancelled',
    law: 'cancels: keeps the lease of a run that is being cancelled, and refuses to start it',
    change: withLease((lease) => ({ proposeState: (proposal) => lease.proposeState({ ...proposal, force: true }) })),
  },
  {
    fault: 'ends the lease with the crash that a job reports',
    law: 'cancels: lets the owner of a cancelled run replace the crash that its job reports with Cancelled',
    hostReportsStates: false,
    change: withClient((client, pool) => ({
      readFlowRun: async (id) => {
        const entry = pool.find(id);
        if (entry?.flowRun.stateType === 'CRASHED') entry.owner = null;
        return await client.readFlowRun(id);
      },
    })),
  },
  {
    fault: 'accepts a launch after the crash that a job reports',
    law: 'cancels: refuses a launch and any other state after a crash that the job reports',
    hostReportsStates: false,
    change: withLease((lease) => ({ storeLaunch: (launch) => withoutLoss(lease.storeLaunch(launch), undefined) })),
  },
  {
    fault: 'accepts the cancellation of an earlier attempt',
    law: 'cancels: refuses every write for a run that was rescheduled after a crash that its job reported',
    hostReportsStates: false,
    change: withLease((lease, pool) => ({
      proposeState: async (proposal) => {
        if (!proposal.force) return await lease.proposeState(proposal);
        return { status: 'ACCEPT', state: pool.put(lease.attempt.flowRunId, proposal.type) };
      },
    })),
  },
];
