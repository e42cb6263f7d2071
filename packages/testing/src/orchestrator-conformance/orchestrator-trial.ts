import assert from 'node:assert/strict';
import {
  type ClaimAnswer,
  type FlowRun,
  type InterruptedRun,
  isWorkerError,
  type Orchestrator,
  type OrchestratorListener,
  type RunLease,
  type RunResources,
  type StateType,
  type WorkerIdentity,
} from '@worker-host/core';
import { settle } from '../clock/fake-clock.js';
import type { OrchestratorRun, OrchestratorTraits, OrchestratorWorld } from './orchestrator-world.js';

/** Maximum time that the contract waits for notifications and stored data. */
const SOON_MS = 20_000;
const STEP_MS = 250;
const NOTICE_STEP_MS = 2000;
const EVERYTHING = 1000;

/** A worker of the contract: its client, and the notifications it receives. */
export interface TrialWorker {
  readonly name: string;
  readonly client: Orchestrator;
  /** Ids of the runs that it was requested to cancel. */
  readonly cancelling: readonly string[];
}

/** Context of one law: a new world, the workers that the law opens in it, and the time that passes. */
export class OrchestratorTrial {
  readonly #open = new Set<Orchestrator>();
  #workers = 0;

  constructor(
    readonly world: OrchestratorWorld,
    readonly traits: OrchestratorTraits,
  ) {}

  /** Opens a worker; its name is unique unless given. */
  async worker(over: Partial<WorkerIdentity> = {}): Promise<TrialWorker> {
    this.#workers += 1;
    const { workPoolName, workerType: type, heartbeatIntervalSeconds } = this.world;
    const name = over.name ?? `contract-${this.#workers}`;
    const identity = { name, type, workPoolName, workQueueNames: [], limit: null, heartbeatIntervalSeconds, ...over };
    const client = this.world.createClient();
    const cancelling: string[] = [];
    const listener: OrchestratorListener = {
      onCancelling: (flowRunId) => void cancelling.push(flowRunId),
      onWorkPool: () => undefined,
      onWorkAvailable: () => undefined,
      onTeardown: async () => undefined,
    };
    const request = { createIfNotFound: false, defaultBaseJobTemplate: { job_configuration: {}, variables: {} } };
    await this.answered(client.open(identity, request, listener));
    this.#open.add(client);
    await this.answered(client.heartbeat());
    return { name, client, cancelling };
  }

  /** Returns the runs that a worker's poll returns as due within the next `aheadMs`. */
  async poll({ client }: TrialWorker, limit: number | null = null, aheadMs = 0): Promise<readonly FlowRun[]> {
    const scheduledBeforeMs = this.world.clock.nowMs() + aheadMs;
    return await this.answered(client.getScheduledFlowRuns({ scheduledBeforeMs, limit }));
  }

  /** Creates a run, and reads it from the control plane. */
  async run(run: OrchestratorRun = {}): Promise<string> {
    return await this.world.addRun(run);
  }

  async read(worker: TrialWorker, flowRunId: string): Promise<FlowRun> {
    const flowRun = await this.answered(worker.client.readFlowRun(flowRunId));
    assert.ok(flowRun, `the run ${flowRunId} is not found`);
    return flowRun;
  }

  /** @param resources what the run asks for. Null: unknown. */
  async tryClaim(worker: TrialWorker, flowRunId: string, resources: RunResources | null = null): Promise<ClaimAnswer> {
    return await this.answered(worker.client.claim(await this.read(worker, flowRunId), { resources }));
  }

  /** Claims a run, and returns its lease. */
  async claim(worker: TrialWorker, flowRunId: string): Promise<RunLease> {
    const answer = await this.tryClaim(worker, flowRunId);
    assert.ok(answer.claimed, `the claim was refused: ${answer.claimed ? '' : answer.reason}`);
    return answer.lease;
  }

  /** Creates and claims a run, and returns its lease. */
  async claimNew(worker: TrialWorker): Promise<RunLease> {
    return await this.claim(worker, await this.run());
  }

  async takeOver({ client }: TrialWorker, limit = EVERYTHING): Promise<readonly InterruptedRun[]> {
    return await this.answered(client.takeOverInterruptedRuns({ limit }));
  }

  /** Takes over the run; fails if it is not offered. */
  async takeOverOne(worker: TrialWorker, flowRunId: string): Promise<InterruptedRun> {
    const search = async () => (await this.takeOver(worker)).find(({ flowRun }) => flowRun.id === flowRunId);
    const taken = await this.noticed(search, worker);
    assert.ok(taken, 'the run is not offered by takeOverInterruptedRuns');
    return taken;
  }

  /** Repeats a search as long as the control plane may take to notice the change; the workers stay alive. */
  async noticed<T>(search: () => Promise<T | undefined>, ...alive: readonly TrialWorker[]): Promise<T | undefined> {
    const { clock, noticesWithinMs = 0 } = this.world;
    const untilMs = clock.monotonicMs() + noticesWithinMs;
    for (;;) {
      const found = await search();
      if (found !== undefined || clock.monotonicMs() >= untilMs) return found;
      await this.pass(NOTICE_STEP_MS, ...alive);
    }
  }

  /** Kills a worker, and lets the time of its leases pass, while the others stay alive. */
  async kill(worker: TrialWorker, ...alive: readonly TrialWorker[]): Promise<void> {
    this.#open.delete(worker.client);
    await this.world.kill(worker.client);
    await this.pass(worker.client.leaseMs + STEP_MS, ...alive);
  }

  /** Lets time pass, in which the given workers send their heartbeats. */
  async pass(ms: number, ...alive: readonly TrialWorker[]): Promise<void> {
    const stepMs = (this.world.heartbeatIntervalSeconds * 1000) / 2;
    for (let leftMs = ms; leftMs > 0; leftMs -= stepMs) {
      await this.#wait(Math.min(leftMs, stepMs));
      for (const { client } of alive) await this.answered(client.heartbeat());
    }
  }

  /** Waits until a condition is true, for some seconds. */
  async soon(what: string, isMet: () => Promise<boolean> | boolean): Promise<void> {
    for (let waitedMs = 0; waitedMs < SOON_MS; waitedMs += STEP_MS) {
      if (await isMet()) return;
      await this.#wait(STEP_MS);
    }
    assert.fail(`${what} did not come about within ${SOON_MS / 1000} s`);
  }

  async stateTypes(flowRunId: string): Promise<readonly StateType[]> {
    return (await this.world.statesOf(flowRunId)).map(({ type }) => type);
  }

  /** Asserts that a promise rejects because the lease is lost. */
  async isLost(promise: Promise<unknown>, what: string): Promise<void> {
    const reason = await this.reasonOf(promise, what);
    assert.ok(isWorkerError(reason), `${what} was expected to reject with LEASE_LOST, but rejected with ${reason}`);
    assert.equal(reason.code, 'LEASE_LOST', `${what}: ${reason.message}`);
  }

  /** Returns the reason with which a promise rejects. */
  async reasonOf(promise: Promise<unknown>, what: string): Promise<unknown> {
    return await this.answered(
      promise.then(
        () => assert.fail(`${what} was expected to reject, but it resolved`),
        (reason: unknown) => reason,
      ),
    );
  }

  /** Returns the outcome of a promise, while time passes in the world: a client may wait before it retries. */
  async answered<T>(promise: Promise<T>): Promise<T> {
    if (!this.world.letTimePass) return await promise;
    let isDone = false;
    const done = promise.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    for (await settle(); !isDone; await settle()) await this.world.letTimePass(STEP_MS);
    return await done;
  }

  async end(): Promise<void> {
    for (const client of this.#open) await this.answered(client.close());
    await this.world.dispose();
  }

  async #wait(ms: number): Promise<void> {
    await (this.world.letTimePass?.(ms) ?? this.world.clock.sleep(ms));
  }
}
