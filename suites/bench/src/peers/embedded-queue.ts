import type { FlowRun, Orchestrator, OrchestratorListener } from '@worker-host/core';
import { createEmbeddedControlPlane, openAdministration } from 'worker-host/embedded';
import { BATCH, QUEUE, type Queue, type QueuePlace } from './queue.js';

/** The embedded pool by its public API: each run is a claim and a final state, with leases, history and fencing. */
export async function openEmbeddedQueue({ address: home, isFinishing = true }: QueuePlace): Promise<Queue> {
  const administration = await openAdministration({ home });
  const run = {
    deploymentName: null,
    workPoolName: QUEUE,
    workQueueName: null,
    name: null,
    jobVariables: {},
    parameters: {},
    tags: [],
    idempotencyKey: null,
    scheduledForMs: null,
  };
  let plane: Orchestrator | null = null;
  return {
    async make(count) {
      const pools = await administration.listWorkPools();
      if (pools.length === 0)
        await administration.createWorkPool({
          name: QUEUE,
          type: 'none',
          baseJobTemplate: TEMPLATE,
          concurrencyLimit: null,
          isPaused: false,
        });
      await Promise.all(Array.from({ length: count }, () => administration.createFlowRun(run)));
    },
    async work(onStart, onEnd) {
      plane = createEmbeddedControlPlane({ home });
      const news = new News();
      const identity = {
        name: `bench-${process.pid}`,
        type: 'none',
        workPoolName: QUEUE,
        workQueueNames: [],
        heartbeatIntervalSeconds: 600,
        limit: null,
      };
      await plane.open(identity, { createIfNotFound: true, defaultBaseJobTemplate: TEMPLATE }, news);
      for (;;) {
        const due = await plane.getScheduledFlowRuns({ scheduledBeforeMs: Date.now(), limit: BATCH });
        const ended = await Promise.all(due.map((each) => workOff(plane as Orchestrator, each, isFinishing, onStart)));
        const count = ended.filter(Boolean).length;
        if (count > 0) onEnd(count);
        if (due.length === 0) await news.next();
      }
    },
    async close() {
      await plane?.close();
      await administration.close();
    },
  };
}

const TEMPLATE = { job_configuration: {}, variables: { type: 'object', properties: {} } };

async function workOff(plane: Orchestrator, run: FlowRun, isFinishing: boolean, onStart: () => void): Promise<boolean> {
  const answer = await untilDone(() => plane.claim(run));
  if (!answer.claimed) return false;
  onStart();
  if (isFinishing) await untilDone(() => answer.lease.proposeState({ type: 'COMPLETED' }));
  return true;
}

/** Retries while other processes lock the file, as the worker does. */
async function untilDone<T>(act: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ORCHESTRATOR_UNAVAILABLE') throw error;
    }
  }
}

/** Wakes the loop when the pool has work, as the worker's own loop is woken. */
class News implements OrchestratorListener {
  #wake: () => void = () => {};
  #hasNews = false;

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#hasNews = false;
        resolve();
      };
      if (this.#hasNews) this.#wake();
    });
  }

  onWorkAvailable(): void {
    this.#hasNews = true;
    this.#wake();
  }

  onCancelling(): void {}
  onWorkPool(): void {}
  async onTeardown(): Promise<void> {}
}
