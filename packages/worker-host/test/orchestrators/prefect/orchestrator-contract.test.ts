import type { Orchestrator } from '@worker-host/core';
import { type OrchestratorWorld, orchestratorContract } from '@worker-host/testing';
import { PrefectWorld, type WorldClient } from './support/prefect-world.js';

const HEARTBEAT_SECONDS = 6;
/** Sends only the heartbeats that the contract requests. */
const ON_CALL = { intervalMs: 1e9, leaseMs: 18_000 };
/** How much later than its own leases expire a worker of another machine counts as dead. */
const MARGIN_MS = 5000;

function arrange(): OrchestratorWorld {
  const world = new PrefectWorld();
  const { clock, server } = world;
  const clients = new Map<Orchestrator, WorldClient>();
  const connectionOf = (client: Orchestrator): WorldClient['connection'] => {
    const found = clients.get(client);
    if (found === undefined) throw new Error('a client of another world');
    return found.connection;
  };
  let made = 0;
  return {
    clock,
    workPoolName: 'p',
    workerType: 'some-type',
    heartbeatIntervalSeconds: HEARTBEAT_SECONDS,
    noticesWithinMs: 40_000,
    letTimePass: (ms) => clock.advance(ms),
    createClient: () => {
      const client = world.client({
        timesOf: () => ON_CALL,
        environment: { PREFECT_WORKER_CANCELLATION_POLL_SECONDS: '5' },
      });
      clients.set(client.orchestrator, client);
      return client.orchestrator;
    },
    addRun: async ({ dueInMs = 0 }) => {
      made += 1;
      server.addRun(`r${made}`, { expected_start_time: new Date(clock.nowMs() + dueInMs + made).toISOString() });
      await clock.advance(made);
      return `r${made}`;
    },
    cancel: async (id) => server.put(id, server.run(id).state_type === 'SCHEDULED' ? 'CANCELLED' : 'CANCELLING'),
    reschedule: async (id) => server.put(id, 'SCHEDULED'),
    fail: async (id) => server.put(id, 'FAILED'),
    crash: async (id) => server.put(id, 'CRASHED'),
    remove: async (id) => server.removeRun(id),
    statesOf: async (id) => server.states(id).map(({ type, name }) => ({ type, name: name ?? type })),
    setPool: async (change) => void Object.assign(server.pool, change),
    kill: async (client) => {
      clients.get(client)?.kill();
      await clock.advance(MARGIN_MS);
    },
    pause: async () => clock.advance(MARGIN_MS),
    loseAnswer: async (client, method) => {
      const connection = connectionOf(client);
      const path = {
        claim: /set_state$/,
        proposeState: /set_state$/,
        storeInfrastructurePid: /^PATCH \/flow_runs\/[^/]+$/,
      };
      connection.losesAnswer = (place) => {
        const isMeant = path[method].test(place);
        if (isMeant) connection.losesAnswer = () => false;
        return isMeant;
      };
    },
    cutOff: async (client) => {
      const connection = connectionOf(client);
      connection.isCut = true;
      return async () => {
        connection.isCut = false;
      };
    },
    failNextRead: async (client) => {
      const connection = connectionOf(client);
      connection.onRequest = (place) => {
        if (place !== 'POST /flow_runs/filter') return;
        connection.onRequest = () => {};
        throw new Error('the read fails');
      };
    },
    dispose: () => world.close(),
  };
}

orchestratorContract({
  runner: { describe, it, before, after },
  name: 'Prefect, by REST alone',
  traits: { checksLimitsAtClaim: false, limitsResources: false, keepsOutputCursors: false },
  arrange,
});
