import { type FlowRun, type LogRecord, type RunLease, SecretRegistry, silentMeter } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import type { ApiFlowRun } from '../../../../src/orchestrators/prefect/api/api-types.js';
import { toFlowRun } from '../../../../src/orchestrators/prefect/api/nouns-from-api.js';
import { claimMessage } from '../../../../src/orchestrators/prefect/orchestration/leases/claim-message.js';
import { launchLabel, ownershipLabels } from '../../../../src/orchestrators/prefect/orchestration/leases/run-labels.js';
import { RunOwnership } from '../../../../src/orchestrators/prefect/orchestration/run-ownership.js';
import { Presence } from '../../../../src/orchestrators/prefect/orchestration/succession/presence.js';
import { WorkerProcess } from '../../../../src/orchestrators/prefect/orchestration/succession/worker-process.js';
import { partsOf } from '../../../../src/orchestrators/prefect/prefect-parts.js';
import { resolvePrefectSettings } from '../../../../src/orchestrators/prefect/settings/resolve-prefect-settings.js';
import { aConnection } from './a-connection.js';
import { FakePrefect } from './fake-prefect.js';
import { FakeSockets } from './fake-socket.js';
import { ManualClock } from './manual-clock.js';

const NOWHERE = '/nonexistent';
const LEASE_MS = 18_000;
const IDENTITY = {
  name: 'w1',
  type: 't',
  workPoolName: 'p',
  workQueueNames: [],
  limit: null,
  heartbeatIntervalSeconds: 30,
};

const LIVING_PID = 7;

/** A process of the one machine, on which one process lives. */
function aProcess(osPid: number): WorkerProcess {
  const identity = { host: 'h', bootId: 'b', processNamespace: 'n', osPid, processStarted: `${osPid}` };
  const processes = { exists: (pid: number) => pid === LIVING_PID, startOf: () => `${LIVING_PID}` };
  return new WorkerProcess(identity, processes, 'r');
}

/** What worker `w1` owns at a Prefect server in memory, without the rest of the worker. Heartbeats go when a test sends them. */
export class OwnershipBench {
  readonly clock = new ManualClock();
  readonly server = new FakePrefect(this.clock);
  readonly connection = this.server.connect();
  readonly logger = new RecordingLogger();
  readonly logged: LogRecord[] = [];
  readonly presence: Presence;
  readonly ownership: RunOwnership;
  hearsClaims = true;

  constructor() {
    const { clock, connection, logger } = this;
    const parts = partsOf(
      {
        settings: resolvePrefectSettings({ environment: {}, cwd: NOWHERE, homeDirectory: NOWHERE }),
        environment: {},
        clock,
        logger,
        meter: silentMeter,
        secrets: new SecretRegistry(),
      },
      aConnection({ maxRetries: 0 }),
      connection,
      new FakeSockets(() => null).open,
    );
    parts.logs.log = (record) => void this.logged.push(record);
    this.presence = new Presence({
      clock,
      logger,
      intervalMs: 6000,
      leaseMs: LEASE_MS,
      send: (signal) =>
        parts.api.sendHeartbeat('p', { name: 'w1', heartbeat_interval_seconds: 30 }, signal).then(() => {}),
      isNeeded: () => this.ownership.holdsAny,
      asFailure: (error) => error,
      onHeartbeat: (heartbeat) => this.ownership.onHeartbeat(heartbeat),
      look: (signal) => this.ownership.lookAtName(signal),
    });
    this.ownership = new RunOwnership({
      parts,
      identity: IDENTITY,
      process: aProcess(LIVING_PID),
      presence: this.presence,
      leaseMs: LEASE_MS,
      workPoolId: () => 'p-id',
      hearsClaims: () => this.hearsClaims,
    });
    this.ownership.nameWatch.begin(null, clock.monotonicMs());
  }

  /**
   * A run that a worker of our kind has claimed, launched and labelled, and that runs. The process of worker `dead` was on
   * this machine, and has ended.
   */
  addRun(id: string, worker: string, changes: Partial<ApiFlowRun> = {}): void {
    const { server } = this;
    const token = worker === 'dead' ? aProcess(LIVING_PID + 1).issueToken() : `token-of-${worker}`;
    server.addRun(id, changes);
    const message = claimMessage({ worker, lease: token, attemptId: null, silenceMs: LEASE_MS });
    server.put(id, 'PENDING', 'Pending', message);
    const attemptId = this.attemptOf(id);
    server.label(id, {
      ...ownershipLabels({
        identity: { name: worker, type: 't', workPoolName: 'p' },
        workPoolId: 'p-id',
        token,
        attemptId,
        silenceMs: LEASE_MS,
        deaths: 0,
      }),
      ...launchLabel(attemptId, { relaunch: 0, place: {}, earlierPid: null }),
    });
    server.put(id, 'RUNNING');
  }

  /** The claim of a run. */
  attemptOf(id: string): string {
    return this.server.states(id).find(({ type }) => type === 'PENDING')?.id ?? '';
  }

  /** The run as it is now. */
  flowRun(id: string): FlowRun {
    return toFlowRun(this.server.run(id));
  }

  /** Polls and claims a run. */
  async claim(id: string): Promise<RunLease> {
    const flowRun = this.flowRun(id);
    this.ownership.notePolled(flowRun);
    const answer = await this.ownership.claim(flowRun);
    if (!answer.claimed) throw new Error(answer.reason);
    return answer.lease;
  }

  /** Takes runs over; resolves when the contest is over. */
  async takeOver(limit = 50, signal?: AbortSignal) {
    const taking = this.ownership.takeOver(limit, signal);
    taking.catch(() => {});
    return this.clock.run(taking);
  }

  async takenIds(limit = 50): Promise<readonly string[]> {
    return (await this.takeOver(limit)).map(({ flowRun }) => flowRun.id);
  }

  /** Method and path of the requests that an operation makes. */
  async requestsOf(operation: () => Promise<unknown>): Promise<readonly string[]> {
    const before = this.connection.requests.length;
    await operation();
    return this.connection.paths.slice(before);
  }

  /** The requests of a call that is to take nothing over. */
  look(limit = 50): Promise<readonly string[]> {
    return this.requestsOf(() => this.takeOver(limit));
  }

  /** Seconds until a call that makes a request, where it is called every second; and its requests. */
  async nextLook(mostSeconds = 200): Promise<readonly [number, readonly string[]]> {
    for (let second = 1; second <= mostSeconds; second += 1) {
      await this.clock.advance(1000);
      const requests = await this.look();
      if (requests.length > 0) return [second, requests];
    }
    return [Number.POSITIVE_INFINITY, []];
  }
}
