import type { Orchestrator } from '@worker-host/core';
import { FakeClock } from '../../src/clock/fake-clock.js';
import type { FakeOrchestrator } from '../../src/orchestrator/fake-orchestrator.js';
import { FakePool, type FakePoolOptions } from '../../src/orchestrator/fake-pool.js';
import type { OrchestratorWorld } from '../../src/orchestrator-conformance/orchestrator-world.js';

/** Derives a control plane from a conforming one; it may break a law. */
export type ChangeClient = (client: FakeOrchestrator, pool: FakePool) => Orchestrator;

/** A world of the contract over an in-memory pool. */
export function fakePoolWorld(
  options: Partial<FakePoolOptions> = {},
  change: ChangeClient = (client) => client,
): OrchestratorWorld {
  const clock = new FakeClock();
  const pool = new FakePool({ clock, ...options });
  const sound = new Map<Orchestrator, FakeOrchestrator>();
  const soundOf = (client: Orchestrator): FakeOrchestrator => {
    const found = sound.get(client);
    if (found === undefined) throw new Error('a client of another world');
    return found;
  };
  return {
    clock,
    workPoolName: 'p',
    workerType: 'fake',
    heartbeatIntervalSeconds: 10,
    letTimePass: (ms) => clock.advance(ms),
    createClient: () => {
      const client = pool.createClient();
      const changed = change(client, pool);
      sound.set(changed, client);
      return changed;
    },
    addRun: async ({ dueInMs = 0, workQueueName = 'default' }) => {
      const expectedStartTime = new Date(clock.nowMs() + dueInMs).toISOString();
      return pool.addRun({ workQueueName, expectedStartTime }).id;
    },
    cancel: async (id) => void pool.cancel(id),
    reschedule: async (id) => void pool.put(id, 'SCHEDULED'),
    fail: async (id) => void pool.put(id, 'FAILED'),
    ...(pool.hostReportsStates ? {} : { crash: async (id: string) => void pool.put(id, 'CRASHED') }),
    remove: async (id) => pool.removeRun(id),
    statesOf: async (id) => pool.states(id).map(({ type, name }) => ({ type, name })),
    outputOf: async (id) => pool.output(id).map(({ message }) => message),
    setPool: async (over) => pool.setWorkPool(over),
    setQueue: async (name, over) => pool.setQueue(name, over),
    kill: async (client) => soundOf(client).kill(),
    ...(pool.seesDeaths ? {} : { pause: async () => undefined }),
    loseAnswer: async (client, method) => void soundOf(client).faults.lose(method, { times: 1 }),
    cutOff: async (client) => {
      const fault = soundOf(client).faults.fail(() => true);
      return async () => fault.stop();
    },
    failNextRead: async (client) => {
      // Events are not read: they are late.
      soundOf(client).mute();
      void clock.sleep(2000).then(() => soundOf(client).unmute());
    },
    dispose: async () => undefined,
  };
}
