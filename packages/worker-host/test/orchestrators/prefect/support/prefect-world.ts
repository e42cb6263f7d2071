import {
  type Logger,
  type OrchestratorListener,
  type RunLease,
  SecretRegistry,
  silentLogger,
  silentMeter,
} from '@worker-host/core';
import { WorkerProcess } from '../../../../src/orchestrators/prefect/orchestration/worker-process.js';
import { PrefectOrchestrator } from '../../../../src/orchestrators/prefect/prefect-orchestrator.js';
import { partsOf } from '../../../../src/orchestrators/prefect/prefect-parts.js';
import { PrefectSettings } from '../../../../src/orchestrators/prefect/settings/prefect-settings.js';
import { SocketRefusedError } from '../../../../src/orchestrators/prefect/sockets/prefect-socket.js';
import { aConnection } from './a-connection.js';
import { type FakeConnection, FakePrefect } from './fake-prefect.js';
import { FakeSockets } from './fake-socket.js';
import { ManualClock } from './manual-clock.js';

/** A worker's side. */
export interface WorldWorker {
  readonly orchestrator: PrefectOrchestrator;
  readonly connection: FakeConnection;
  readonly told: string[];
  /** As SIGKILL: nothing of it comes through any more. */
  kill(): void;
  /** Polls and claims a run. */
  claim(id: string): Promise<RunLease>;
  takeOver(limit?: number): ReturnType<PrefectOrchestrator['takeOverInterruptedRuns']>;
}

export interface WorkerOptions {
  /** Machine the worker runs on. Default: one of its own. */
  readonly machine?: string;
  readonly osPid?: number;
  readonly workQueueNames?: readonly string[];
  readonly logger?: Logger;
}

/** One Prefect server in memory, and workers on it that go by REST. */
export class PrefectWorld {
  readonly clock = new ManualClock();
  readonly server = new FakePrefect(this.clock);
  /** Process ids that live, by machine. */
  readonly #living = new Map<string, Set<number>>();
  readonly #workers: WorldWorker[] = [];

  /** A worker that is open. */
  async worker(name: string, options: WorkerOptions = {}): Promise<WorldWorker> {
    const { machine = `machine-${this.#workers.length}`, osPid = 100 + this.#workers.length } = options;
    const connection = this.server.connect();
    const sockets = new FakeSockets(() => new SocketRefusedError('upgrade', 403, null, 'no sockets here'));
    const parts = partsOf(
      {
        settings: new PrefectSettings(new Map(), { name: 'test', file: null, missing: null }, []),
        environment: {},
        clock: this.clock,
        logger: options.logger ?? silentLogger,
        meter: silentMeter,
        secrets: new SecretRegistry(),
      },
      aConnection({ maxRetries: 0 }),
      connection,
      sockets.open,
    );
    const living = this.#living.get(machine) ?? new Set<number>();
    this.#living.set(machine, living.add(osPid));
    const identity = { host: machine, bootId: 'boot', processNamespace: 'ns', osPid, processStarted: String(osPid) };
    const processes = {
      exists: (pid: number) => living.has(pid),
      startOf: (pid: number) => (living.has(pid) ? String(pid) : null),
    };
    const orchestrator = new PrefectOrchestrator(parts, new WorkerProcess(identity, processes, `r${osPid}`));
    const told: string[] = [];
    const worker: WorldWorker = {
      orchestrator,
      connection,
      told,
      kill: () => {
        connection.isCut = true;
        living.delete(osPid);
      },
      claim: (id) => claimOf(orchestrator, id),
      takeOver: async (limit = 50) => {
        const taking = orchestrator.takeOverInterruptedRuns({ limit });
        taking.catch(() => {});
        await this.clock.advance(2500);
        return taking;
      },
    };
    this.#workers.push(worker);
    await orchestrator.open(
      {
        name,
        type: 'some-type',
        workPoolName: 'p',
        workQueueNames: options.workQueueNames ?? [],
        heartbeatIntervalSeconds: 30,
      },
      { createIfNotFound: true, defaultBaseJobTemplate: {} },
      listenerOf(told),
    );
    await orchestrator.heartbeat();
    return worker;
  }

  async close(): Promise<void> {
    for (const { orchestrator } of this.#workers) {
      const closing = orchestrator.close();
      await this.clock.advance(20_000);
      await closing;
    }
  }
}

async function claimOf(orchestrator: PrefectOrchestrator, id: string): Promise<RunLease> {
  const due = await orchestrator.getScheduledFlowRuns({ scheduledBeforeMs: 0, limit: null });
  const flowRun = due.find((run) => run.id === id);
  if (flowRun === undefined) throw new Error(`${id} is not due`);
  const answer = await orchestrator.claim(flowRun);
  if (!answer.claimed) throw new Error(answer.reason);
  return answer.lease;
}

function listenerOf(told: string[]): OrchestratorListener {
  return {
    onCancelling: (id) => void told.push(`cancelling ${id}`),
    onWorkAvailable: () => void told.push('work'),
    onWorkPool: () => {},
    onTeardown: async () => {},
  };
}
