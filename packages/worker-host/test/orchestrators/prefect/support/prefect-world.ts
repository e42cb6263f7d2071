import {
  type Logger,
  type OrchestratorListener,
  type RunLease,
  SecretRegistry,
  silentLogger,
  silentMeter,
} from '@worker-host/core';
import { WorkerProcess } from '../../../../src/orchestrators/prefect/orchestration/succession/worker-process.js';
import {
  PrefectOrchestrator,
  type PrefectOrchestratorOptions,
} from '../../../../src/orchestrators/prefect/prefect-orchestrator.js';
import { partsOf } from '../../../../src/orchestrators/prefect/prefect-parts.js';
import { resolvePrefectSettings } from '../../../../src/orchestrators/prefect/settings/resolve-prefect-settings.js';
import { SocketRefusedError } from '../../../../src/orchestrators/prefect/sockets/prefect-socket.js';
import { aConnection } from './a-connection.js';
import { type FakeConnection, FakePrefect } from './fake-prefect.js';
import { FakeSockets } from './fake-socket.js';
import { ManualClock } from './manual-clock.js';

/** An open worker. */
export interface WorldWorker extends WorldClient {
  readonly told: string[];
  /** Polls and claims a run. */
  claim(id: string): Promise<RunLease>;
  takeOver(limit?: number): ReturnType<PrefectOrchestrator['takeOverInterruptedRuns']>;
}

export interface WorkerOptions {
  /** Machine of the worker. Default: a separate one. */
  readonly machine?: string;
  readonly osPid?: number;
  readonly workQueueNames?: readonly string[];
  readonly logger?: Logger;
  /** Maximum number of retries of a request. Default: 0. */
  readonly maxRetries?: number;
  /** Prefect settings. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Heartbeat interval. Default: that of workers. */
  readonly timesOf?: PrefectOrchestratorOptions['timesOf'];
}

/** A directory that does not exist. */
const NOWHERE = '/nonexistent';

/** A worker's client, not open yet, and its connection to the server. */
export interface WorldClient {
  readonly orchestrator: PrefectOrchestrator;
  readonly connection: FakeConnection;
  /** Like SIGKILL: none of its requests arrive any more. */
  kill(): void;
}

/** An in-memory Prefect server, with workers that use REST. */
export class PrefectWorld {
  readonly clock = new ManualClock();
  readonly server = new FakePrefect(this.clock);
  /** Live process ids, by machine. */
  readonly #living = new Map<string, Set<number>>();
  readonly #clients: WorldClient[] = [];

  client({
    logger = silentLogger,
    environment = {},
    maxRetries = 0,
    timesOf,
    ...options
  }: WorkerOptions = {}): WorldClient {
    const { machine = `machine-${this.#clients.length}`, osPid = 100 + this.#clients.length } = options;
    const connection = this.server.connect();
    const sockets = new FakeSockets(() => new SocketRefusedError('upgrade', 403, null, 'no sockets here'));
    const parts = partsOf(
      {
        settings: resolvePrefectSettings({ environment, cwd: NOWHERE, homeDirectory: NOWHERE }),
        environment,
        clock: this.clock,
        logger,
        meter: silentMeter,
        secrets: new SecretRegistry(),
      },
      aConnection({ maxRetries }),
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
    const process = new WorkerProcess(identity, processes, `r${osPid}`);
    const orchestrator = new PrefectOrchestrator(parts, timesOf ? { process, timesOf } : { process });
    const kill = (): void => {
      connection.isCut = true;
      living.delete(osPid);
    };
    const client = { orchestrator, connection, kill };
    this.#clients.push(client);
    return client;
  }

  /** A worker that is open. */
  async worker(name: string, options: WorkerOptions = {}): Promise<WorldWorker> {
    const client = this.client(options);
    const { orchestrator } = client;
    const told: string[] = [];
    await orchestrator.open(
      {
        name,
        type: 'some-type',
        workPoolName: 'p',
        workQueueNames: options.workQueueNames ?? [],
        heartbeatIntervalSeconds: 30,
        limit: null,
      },
      { createIfNotFound: true, defaultBaseJobTemplate: {} },
      listenerOf(told),
    );
    await orchestrator.heartbeat();
    return {
      ...client,
      told,
      claim: (id) => claimOf(orchestrator, id),
      takeOver: async (limit = 50) => {
        const taking = orchestrator.takeOverInterruptedRuns({ limit });
        taking.catch(() => {});
        await this.clock.advance(2500);
        return taking;
      },
    };
  }

  async close(): Promise<void> {
    for (const { orchestrator } of this.#clients) {
      const closing = orchestrator.close();
      await this.clock.advance(20_000);
      await closing;
    }
  }
}

async function claimOf(orchestrator: PrefectOrchestrator, id: string): Promise<RunLease> {
  const due = await orchestrator.getScheduledFlowRuns({ scheduledBeforeMs: Date.UTC(2100, 0, 1), limit: null });
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
