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

/** Rules on claims, fencing, expiry, late answers and cancels, broken. */
export const BROKEN_OWNERS: readonly Break[] = [
  {
    fault: 'claims whatever the state is',
    law: 'claims: grants a run to one of several workers that claim it together',
    change: claimsAgain,
  },
  {
    fault: 'names another run in the lease',
    law: 'claims: grants the lease of an attempt of that run, and offers the run no more',
    change: withLease(({ attempt }) => ({ attempt: { ...attempt, flowRunId: 'another' } })),
  },
  {
    fault: 'names all attempts alike',
    law: 'claims: begins another attempt when the run was scheduled again, with nothing of the one before',
    change: withLease(({ attempt }) => ({ attempt: { ...attempt, id: 'attempt' } })),
  },
  {
    fault: 'claims what was cancelled',
    law: 'claims: refuses a run that is claimed, cancelled or final, and changes nothing',
    change: claimsAgain,
  },
  {
    fault: 'claims what was deleted',
    law: 'claims: refuses a run that was deleted',
    change: withClient((client, pool) => ({
      claim: async (flowRun, options) => {
        if (pool.run(flowRun.id) === null) pool.addRun(flowRun);
        return await client.claim(flowRun, options);
      },
    })),
  },
  {
    fault: 'reads the first of several runs only',
    law: 'claims: reads several runs by id, without those there are not',
    change: withClient((client) => ({ readFlowRuns: (ids) => client.readFlowRuns(ids.slice(0, 1)) })),
  },
  {
    fault: 'lets namesakes in without a word',
    law: 'claims: refuses a second live worker of one name, or reports it',
    change: withClient((client) => ({
      heartbeat: async (signal) => ({ ...(await client.heartbeat(signal)), namesakes: [] }),
    })),
  },
  {
    fault: 'forgets the labels before',
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
    fault: 'labels for an earlier attempt',
    law: 'fencing: refuses every write of an earlier attempt, by the same worker too',
    change: withLease((lease, pool) => ({
      label: async (labels) => writeUnfenced(pool, lease, { labels: { ...labels } }),
    })),
  },
  {
    fault: 'answers proposals after the end',
    law: 'fencing: refuses every write after the final state that it accepted',
    change: withLease((lease) => ({
      proposeState: (proposal) =>
        withoutLoss(lease.proposeState(proposal), { status: 'ABORT', state: null, reason: 'final' }),
    })),
  },
  {
    fault: 'drops the results of a lost run without a word',
    law: 'fencing: refuses every write when the run was made final or scheduled again from outside',
    change: withLease((lease) => ({ storeResult: (result) => withoutLoss(lease.storeResult(result), undefined) })),
  },
  {
    fault: 'renews the lease of a deleted run',
    law: 'fencing: refuses every write when the run was deleted',
    change: renewsAnything,
  },
  {
    fault: 'has one token for all',
    law: 'fencing: names no two ownerships alike',
    change: withLease(() => ({ fencingToken: 'token' })),
  },
  {
    fault: 'stores output of anybody',
    law: 'fencing: stores output of the owner, and drops that of a lease that has ended',
    change: withLease(({ attempt }, pool) => ({
      output: (lines) => void pool.find(attempt.flowRunId)?.output.push(...lines),
    })),
  },
  {
    fault: 'grants leases for a day',
    law: 'expiry: lets a lease expire no later than leaseMs after the beginning of the last heartbeat',
    change: withLease((_lease, pool) => ({ expiresAtMs: pool.clock.monotonicMs() + 86_400_000 })),
  },
  {
    fault: 'moves no expiry',
    law: 'expiry: moves the expiry of every lease with a heartbeat, counted from its beginning',
    change: withLease(({ expiresAtMs }) => ({ expiresAtMs })),
  },
  {
    fault: 'keeps heartbeats to itself',
    law: 'expiry: keeps the runs of a worker that sends heartbeats, however long',
    change: withClient((_client, pool) => ({ heartbeat: async () => ({ workPool: pool.workPool, namesakes: [] }) })),
  },
  {
    fault: 'writes through an expired lease',
    law: 'expiry: refuses the write of an expired lease though a heartbeat came since, and offers the run to its worker again',
    change: storesUnfenced,
  },
  {
    fault: 'renews nothing',
    law: 'expiry: renews an expired lease that nobody has taken over',
    change: withLease(() => ({ renew: async () => undefined })),
  },
  {
    fault: 'renews what another has',
    law: 'expiry: does not renew a lease that another worker has taken over',
    change: renewsAnything,
  },
  {
    fault: 'claims once more what it claimed without an answer',
    law: 'late answers: grants a claim whose answer was lost to the same worker, without another attempt',
    change: claimsAgain,
  },
  {
    fault: 'refuses what it claimed without an answer',
    law: 'late answers: grants a claim whose answer was lost though its worker still has a lease of the attempt before',
    change: withClient((client, pool) => ({
      claim: async (flowRun, options) => {
        const isPending = pool.run(flowRun.id)?.stateType === 'PENDING';
        return isPending ? { claimed: false, reason: 'it is Pending' } : await client.claim(flowRun, options);
      },
    })),
  },
  {
    fault: 'takes a claim without an answer for a lease that is held',
    law: 'late answers: offers a run whose claim lost its answer to its worker, which holds no lease of it',
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
    fault: 'enters a state as often as it is proposed',
    law: 'late answers: has a state once whose answer was lost and that is proposed again',
    change: withLease((lease) => ({ proposeState: (proposal) => lease.proposeState({ ...proposal, force: true }) })),
  },
  {
    fault: 'does not know its own final state again',
    law: 'late answers: accepts a final state again whose answer was lost, and has it once',
    change: withLease((lease, pool) => ({
      proposeState: async (proposal) => {
        assertNotFinal(pool, lease);
        return await lease.proposeState(proposal);
      },
    })),
  },
  {
    fault: 'gives up a lease when an answer is lost',
    law: 'late answers: keeps the lease of a write whose answer was lost, which may be repeated',
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
    law: 'cancels: reports a cancellation after a read that failed',
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
    fault: 'starts what is being cancelled',
    law: 'cancels: leaves the lease of a run that is being cancelled, which is not started any more',
    change: withLease((lease) => ({ proposeState: (proposal) => lease.proposeState({ ...proposal, force: true }) })),
  },
  {
    fault: 'ends the lease with the crash that a job reports',
    law: 'cancels: lets the owner of a cancelled run replace the crash that its job reports by Cancelled',
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
    fault: 'takes a launch after the crash that a job reports',
    law: 'cancels: takes no launch and no other state after a crash that the job reports',
    hostReportsStates: false,
    change: withLease((lease) => ({ storeLaunch: (launch) => withoutLoss(lease.storeLaunch(launch), undefined) })),
  },
  {
    fault: 'takes the cancellation of an earlier attempt',
    law: 'cancels: takes nothing for a run that was scheduled again after a crash that its job reported',
    hostReportsStates: false,
    change: withLease((lease, pool) => ({
      proposeState: async (proposal) => {
        if (!proposal.force) return await lease.proposeState(proposal);
        return { status: 'ACCEPT', state: pool.put(lease.attempt.flowRunId, proposal.type) };
      },
    })),
  },
];
