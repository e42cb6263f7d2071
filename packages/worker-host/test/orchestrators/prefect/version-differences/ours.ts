import {
  applyValues,
  type JsonObject,
  type JsonValue,
  NotSet,
  resolveBlockDocumentReferences,
  SecretRegistry,
  silentLogger,
  silentMeter,
  stringifyJson,
  WorkerResult,
} from '@worker-host/core';
import { aFlowRun } from '@worker-host/testing';
import { Poller } from '../../../../src/host/loops/poller.js';
import { DEFAULT_RETRY_POLICY } from '../../../../src/host/retry.js';
import { decideEndState } from '../../../../src/host/run/run-decisions.js';
import { PrefectApi } from '../../../../src/orchestrators/prefect/api/prefect-api.js';
import { RunEventWatcher } from '../../../../src/orchestrators/prefect/events/run-event-watcher.js';
import { LogShipper } from '../../../../src/orchestrators/prefect/logs/log-shipper.js';
import { stateBody } from '../../../../src/orchestrators/prefect/orchestration/leases/state-proposal.js';
import { RestClient } from '../../../../src/orchestrators/prefect/rest/rest-client.js';
import { forwardedSettings } from '../../../../src/orchestrators/prefect/settings/forwarded-settings.js';
import { resolvePrefectSettings } from '../../../../src/orchestrators/prefect/settings/resolve-prefect-settings.js';
import { endOf } from '../../../host/support/fake-worker.js';
import { createHostBench } from '../../../host/support/host-bench.js';
import { aConnection } from '../support/a-connection.js';
import { json } from '../support/api-script.js';
import { FakeRunStore } from '../support/fake-run-store.js';
import { FakeSockets } from '../support/fake-socket.js';
import { FakeTransport } from '../support/fake-transport.js';
import { ManualClock } from '../support/manual-clock.js';
import type { TemplatingRecord } from './records.js';

/** What ours makes of a template. */
export async function rendered(record: TemplatingRecord): Promise<JsonValue> {
  const [template = null, values = {}] = record.arguments;
  if (record.function !== 'applyValues') {
    const find = (slug: string, name: string) =>
      (record.blocks ?? []).find((block) => block.typeSlug === slug && block.name === name);
    return resolveBlockDocumentReferences(template, {
      readBlockDocumentById: async () => null,
      readBlockDocument: async (slug, name) => {
        const block = find(slug, name);
        return block ? { id: name, typeSlug: slug, name, data: block.data, secretFields: [] } : null;
      },
      readVariable: async () => null,
    });
  }
  const removeNotSet = record.options?.remove_notset;
  const applied = applyValues(template, values as JsonObject, {
    environment: record.environment ?? {},
    ...(removeNotSet === undefined ? {} : { removeNotSet }),
  });
  return applied === NotSet ? { $notSet: true } : applied;
}

/** Those of the settings that ours hands to jobs. */
export function shownSettings(names: readonly string[]): readonly string[] {
  const environment = Object.fromEntries(names.map((name) => [name, name.endsWith('URL') ? 'http://x/api' : 'true']));
  const nowhere = '/nonexistent';
  const settings = resolvePrefectSettings({ environment, cwd: nowhere, homeDirectory: nowhere });
  const forwarded = forwardedSettings(settings);
  return names.filter((name) => name in forwarded);
}

/** Lengths of the messages of each request. */
export async function logRequests(
  batchSizeBytes: number,
  maxLogSizeBytes: number,
  messages: readonly (readonly [character: string, count: number])[],
): Promise<readonly (readonly number[])[]> {
  const requests: (readonly number[])[] = [];
  const shipper = new LogShipper(
    {
      send: async (logs) => void requests.push(logs.map(({ message }) => message.length)),
      clock: new ManualClock(),
      logger: silentLogger,
      meter: silentMeter,
      secrets: new SecretRegistry(),
    },
    { isEnabled: true, lowestLevel: 20, batchIntervalMs: 500, batchSizeBytes, maxLogSizeBytes, workerId: () => null },
  );
  for (const [character, count] of messages) {
    const message = character.repeat(count);
    shipper.log({
      name: 'probe',
      level: 20,
      message,
      timestampMs: 0,
      flowRunId: '4d2b8f1e-0d8c-4c7e-9a51-0f6f3f0c1a01',
    });
  }
  await shipper.close();
  return requests;
}

/** By the names of Prefect's own errors. */
export async function planRefusal(detail: string): Promise<string> {
  const { api } = anApi(() => json({ detail }, 403));
  const error = await api.createWorkPool({ name: 'p', type: 'ecs' }).catch((reason: unknown) => reason);
  return (error as { code?: unknown }).code === 'PREFECT_PLAN_NOT_SUPPORTED' ? 'ObjectUnsupported' : 'another';
}

/** Which of three polled runs are claimed, the first of which are active. */
export async function heldRun(held: number): Promise<{ readonly submitted: readonly string[] }> {
  const bench = await createHostBench();
  const { orchestrator, settings, clock, logger, meter, secrets, slots, runs, manager, readiness } = bench;
  for (let index = 0; index < 3; index += 1) bench.pool.addRun({ id: String(index) });
  for (let index = 0; index < held; index += 1) bench.hold(String(index));
  const poller = new Poller(
    orchestrator,
    settings,
    clock,
    logger,
    meter,
    secrets,
    DEFAULT_RETRY_POLICY,
    () => {},
    slots,
    runs,
    manager,
    readiness,
    bench.configurations,
    bench.prewarming,
    bench.admission,
  );
  await poller.poll(new AbortController().signal);
  return { submitted: bench.claimed };
}

/** The socket closes, and the first checks after it fail. */
export async function lostSocket(
  failingChecks: number,
): Promise<{ readonly isOpenedAgain: boolean; readonly isFound: boolean }> {
  const clock = new ManualClock();
  const sockets = new FakeSockets();
  let checks = 0;
  let isLost = false;
  let isFound = false;
  const watcher = new RunEventWatcher({
    connection: aConnection(),
    environment: {},
    clock,
    logger: silentLogger,
    openSocket: (opening) => sockets.open(opening),
    pollIntervalMs: 15_000,
    poll: async () => {
      if (!isLost) return;
      checks += 1;
      if (checks <= failingChecks) throw new Error('the check failed');
      isFound = sockets.openings > 1;
    },
    onCancelling: () => {},
    onScheduled: () => {},
    onMoved: () => {},
  });
  watcher.start('p1');
  await clock.advance(1000);
  isLost = true;
  sockets.last.close(1011);
  for (let second = 0; second < 120; second += 1) await clock.advance(1000);
  await watcher.stop();
  return { isOpenedAgain: sockets.openings > 1, isFound };
}

/** Lists two runs of which one has the integer as a parameter, on a server that answers its lists with this status. */
export async function listedInteger(
  digits: string,
  status: 200 | 500,
): Promise<{ readonly listed: readonly string[]; readonly digits: string | null }> {
  const store = new FakeRunStore();
  const [other, big] = store.add(2, 'RUNNING');
  if (!other || !big) throw new Error('no runs');
  big.isPoisoned = status === 500;
  const names = new Map([
    [other.id, 'other'],
    [big.id, 'big'],
  ]);
  const { api } = anApi((request) => {
    const answer = store.script.answer(request);
    if (typeof answer === 'string') return answer;
    const body = answer.body?.replaceAll(`"id":"${big.id}"`, `"id":"${big.id}","parameters":{"n":${digits}}`);
    return { ...answer, ...(body === undefined ? {} : { body }) };
  });
  const runs = await api.listFlowRuns({ flow_runs: { state: { type: { any_: ['RUNNING'] } } } });
  const parameters = runs.find(({ id }) => id === big.id)?.parameters;
  const text = parameters === undefined ? null : stringifyJson(parameters as JsonValue);
  return {
    listed: runs
      .map(({ id }) => names.get(id) ?? id)
      .sort()
      .reverse(),
    digits: text?.match(/\d+/)?.[0] ?? null,
  };
}

/** The lease that a forced proposal names. */
export function leaseAfterForcedState(): JsonValue | undefined {
  return stateBody('r1', { type: 'CANCELLED', message: null, force: true }, 'lease-1').state_details
    .deployment_concurrency_lease_id;
}

/** What becomes of a run whose job ended with this code, and that is Running. */
export function exitAfterUnheardEnd(statusCode: number): string {
  const decision = decideEndState({
    result: new WorkerResult('pid', statusCode, endOf(statusCode)),
    cancelCause: null,
    nowMs: 0,
    fresh: aFlowRun({ id: 'a', stateType: 'RUNNING', stateName: 'Running' }),
    hostReportsStates: false,
  });
  return decision.kind === 'leave' ? 'leave' : decision.proposal.type;
}

function anApi(answer: ConstructorParameters<typeof FakeTransport>[0]): { readonly api: PrefectApi } {
  const clock = new ManualClock();
  const rest = new RestClient({
    connection: aConnection(),
    transport: new FakeTransport(answer),
    clock,
    logger: silentLogger,
    meter: silentMeter,
    identityHeaders: () => ({}),
  });
  return { api: new PrefectApi({ rest, clock, logger: silentLogger }) };
}
