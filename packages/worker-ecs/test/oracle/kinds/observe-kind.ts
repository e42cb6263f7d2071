import { type JsonObject, type JsonValue, silentLogger, type WorkerEvent } from '@worker-host/core';
import {
  EcsObserver,
  type ObservedLogLine,
  type ObservedStateProposal,
  type ObserverPorts,
  readEcsSettings,
} from '@worker-host/ecs';
import type { ObserveInput, OracleCase } from '../case-types.js';
import { compareObservation, type Observation } from '../compare/compare-observation.js';
import type { Difference } from '../compare/difference.js';
import { divergencesOf } from '../compare/divergence.js';
import { inAwsEnvironment } from '../support/aws-surroundings.js';
import { InstantClock } from '../support/instant-clock.js';
import { clientsOf } from '../support/worker.js';
import { FakeWorld } from '../world/fake-world.js';

type ObserveCase = Extract<OracleCase, { kind: 'observe' }>;

/** Runs a case of kind `observe`: passes messages to an observer, one after another. */
export async function differencesOfObservation({ input, expect }: ObserveCase): Promise<readonly Difference[]> {
  const divergences = divergencesOf(expect.diverges);
  return compareObservation(expect, await observe(input), divergences);
}

async function observe(input: ObserveInput): Promise<Observation> {
  const world = new FakeWorld(input.world);
  const events: WorkerEvent[] = [];
  const proposals: ObservedStateProposal[] = [];
  const logLines: ObservedLogLine[] = [];
  const acknowledged: boolean[] = [];
  const ports: ObserverPorts = {
    readFlowRun: async (id) => input.flowRuns.find((flowRun) => flowRun.id === id) ?? null,
    proposeState: async (proposal) => {
      proposals.push(proposal);
      if (input.proposals === 'error') throw new Error('the control plane cannot be reached');
      return input.proposals ?? 'accept';
    },
    emitEvent: (event) => {
      if (input.eventsUnavailable) throw new Error('events cannot be sent');
      events.push(event);
    },
    logRun: (lines) => void logLines.push(...lines),
  };
  await inAwsEnvironment(input.environment ?? {}, input.world.region, async (environment) => {
    const clock = new InstantClock();
    const clients = clientsOf(() => world, environment, clock);
    const observer = new EcsObserver({
      clientsIn: (region) => clients.clientsFor(null, region),
      ports,
      settings: readEcsSettings(environment),
      prefectVersion: input.prefectVersion,
      clock,
      logger: silentLogger,
    });
    for (const message of input.messages) {
      acknowledged.push((await observer.handle(bodyOf(message))).acknowledge);
    }
    clients.close();
  });
  return {
    events: events.map((event) => JSON.parse(JSON.stringify(event)) as JsonObject),
    proposals,
    logLines,
    acknowledged,
    calls: world.calls,
  };
}

/** A text is the body itself, an object is serialized as JSON. */
function bodyOf(message: JsonValue): string | null {
  if (message === null || typeof message === 'string') return message;
  return JSON.stringify(message);
}
