import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';

import { systemClock } from '@worker-host/core';

import { ContainerLauncher } from '../ecs/running/container-launcher.js';
import { FaultControl } from '../faults/fault-control.js';
import { Sessions } from '../sts/sessions.js';
import { AccountRegion } from './account-region.js';
import { AwsError } from './aws-error.js';
import { CallLog } from './call-log.js';
import { answerControl, CONTROL_PREFIX } from './control-routes.js';
import { readCredentialScope } from './credential-scope.js';
import { Dispatcher } from './dispatcher.js';
import { closeServer, listen, portOf, type ReadRequest } from './http-server.js';
import type { LocalAws } from './local-aws.js';
import type { LocalAwsOptions } from './options.js';
import { type Protocol, readWireCall, type WireAnswer, writeError, writeResult } from './protocols.js';
import { seededRandom } from './seeded-random.js';

const DEFAULT_ACCOUNT = '123456789012';
const DEFAULT_REGION = 'us-east-1';
const DEFAULT_KEPT_CALLS = 5000;
const CLOSE_GRACE_MS = 2000;

/** Starts a local AWS. Rejects when the port cannot be had. */
export async function startLocalAws(options: LocalAwsOptions = {}): Promise<LocalAws> {
  const { account = DEFAULT_ACCOUNT, region = DEFAULT_REGION, host = '127.0.0.1', clock = systemClock } = options;
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const random = options.seed === undefined ? () => clock.random() : seededRandom(options.seed);
  const faults = new FaultControl(() => clock.nowMs(), random);
  const sessions = new Sessions(account, () => clock.nowMs());
  const calls = new CallLog(options.keepCalls ?? DEFAULT_KEPT_CALLS);
  const dispatcher = new Dispatcher(clock, faults, calls);
  const launcher = new ContainerLauncher({
    clock,
    taskEnvironment: options.taskEnvironment ?? {},
    secrets: options.secrets ?? {},
    workingDirectory: options.workingDirectory ?? null,
    simulate: options.simulate ?? null,
    keep: options.keep ?? false,
  });
  const places = new Map<string, AccountRegion>();
  const at = (wantedAccount: string, wantedRegion: string): AccountRegion => {
    const key = `${wantedAccount}/${wantedRegion}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    const made = new AccountRegion(wantedAccount, wantedRegion, {
      options,
      clock,
      faults,
      sessions,
      launcher,
      closing: closing.signal,
      logStoreOf: (ofAccount, ofRegion) => at(ofAccount, ofRegion).logs,
    });
    places.set(key, made);
    return made;
  };
  const home = at(account, region);
  if (options.eventsQueue !== undefined) home.connectEventsToQueue(options.eventsQueue);

  const answerAws = async (request: ReadRequest, response: ServerResponse): Promise<void> => {
    let protocol: Protocol = protocolOf(request);
    try {
      const call = readWireCall(request.message.headers, request.body);
      protocol = call.protocol;
      const scope = readCredentialScope(request.message.headers);
      const context = {
        account: sessions.accountOf(scope.accessKeyId),
        region: scope.region,
        accessKeyId: scope.accessKeyId,
        baseUrl: `http://${request.message.headers.host ?? ''}`,
        signal: request.signal,
      };
      const { result, lost } = await dispatcher.dispatch(call, at(context.account, context.region), context);
      if (lost !== null) loseAnswer(lost.how ?? 'reset', request, response);
      else if (result instanceof AwsError) send(response, writeError(protocol, request.requestId, result));
      else send(response, writeResult(call, request.requestId, result));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      send(response, writeError(protocol, request.requestId, error));
    }
  };
  const server = await listen(options.port ?? 0, host, async (request, response) => {
    if (request.path.startsWith(CONTROL_PREFIX)) await answerControl(aws, request, response);
    else await answerAws(request, response);
  });

  const port = portOf(server);
  const url = `http://${host}:${port}`;
  let closed: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    closing.abort();
    if (options.keep !== true) await Promise.all([...places.values()].map((place) => place.close(CLOSE_GRACE_MS)));
    await closeServer(server);
    launcher.close();
  };
  const aws: LocalAws = {
    url,
    port,
    account,
    region,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ACCESS_KEY_ID: 'AKIALOCALAWS',
      AWS_SECRET_ACCESS_KEY: 'local-aws',
    },
    faults,
    ecs: home.ecs,
    logs: home.logs,
    queues: home.queues,
    network: home.network,
    at,
    connectEventsToQueue: (queueName) => home.connectEventsToQueue(queueName),
    calls: (filter) => calls.list(filter),
    callCounts: () => calls.counts(),
    nextCall: (filter) => calls.next(filter),
    clearCalls: () => calls.clear(),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
  return aws;
}

function protocolOf(request: ReadRequest): Protocol {
  const type = request.message.headers['content-type'] ?? '';
  if (type.includes('json-1.0')) return 'json-1.0';
  return type.includes('form-urlencoded') ? 'query' : 'json-1.1';
}

function loseAnswer(how: 'reset' | '500' | '503' | 'delay', request: ReadRequest, response: ServerResponse): void {
  if (how === '500' || how === '503') {
    response.writeHead(Number(how)).end();
    return;
  }
  request.message.socket.resetAndDestroy();
}

function send(response: ServerResponse, answer: WireAnswer): void {
  response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
  response.end(answer.body);
}
