import { Readable } from 'node:stream';
import { type JsonValue, SecretRegistry, silentLogger, silentMeter } from '@worker-host/core';
import { SdkAwsClientsProvider, SdkCredentialSource } from '@worker-host/ecs';
import fc from 'fast-check';
import type {
  HttpAnswer,
  HttpRequest,
} from '../../../../packages/worker-host/dist/src/orchestrators/prefect/rest/http-transport.js';
import { changed, changedText, hugeJson, text } from '../inputs.js';
import { accessErrors, nouns, prefectApi, redirects, restClient } from '../internals.js';
import { must, outcomeOf, property, SECRET } from '../property.js';
import { CONNECTION } from './connection.js';
import { ANSWERS, TASK, TASK_ARN } from './samples.js';

type Api = InstanceType<typeof prefectApi.PrefectApi>;

/** Calls of the API, each with what is good to answer it, and with what becomes of the answer. */
const CALLS: readonly { readonly good: JsonValue; readonly call: (api: Api) => Promise<unknown> }[] = [
  { good: ANSWERS.workPool, call: async (api) => mapped(await api.readWorkPool('p'), nouns.toWorkPool) },
  { good: ANSWERS.flowRun, call: async (api) => mapped(await api.readFlowRun(ANSWERS.id), nouns.toFlowRun) },
  { good: [ANSWERS.flowRun], call: async (api) => (await api.listFlowRuns({})).map(nouns.toFlowRun) },
  {
    good: [{ work_queue_id: ANSWERS.id, flow_run: ANSWERS.flowRun }],
    call: async (api) =>
      (await api.getScheduledFlowRuns('p', { work_queue_names: [], scheduled_before: ANSWERS.state.timestamp })).map(
        ({ flow_run }) => nouns.toFlowRun(flow_run),
      ),
  },
  { good: ANSWERS.deployment, call: async (api) => mapped(await api.readDeployment(ANSWERS.id), nouns.toDeployment) },
  { good: ANSWERS.flow, call: async (api) => mapped(await api.readFlow(ANSWERS.id), nouns.toFlow) },
  { good: [ANSWERS.state], call: async (api) => (await api.readFlowRunStates(ANSWERS.id)).map(nouns.toState) },
  { good: [ANSWERS.worker], call: async (api) => (await api.listWorkers('p', 0)).map(({ name }) => name.length) },
  { good: ANSWERS.block, call: (api) => api.readBlockDocument('t', 'n') },
  { good: ANSWERS.variable, call: (api) => api.readVariable('v') },
  {
    good: ANSWERS.result,
    call: async (api) => {
      const state = { type: 'RUNNING', name: 'Running', message: null, data: null, state_details: {} };
      const { status, state: now } = await api.setFlowRunState(ANSWERS.id, state, false);
      return [status.length, now === null ? null : nouns.toState(now)];
    },
  },
];

function mapped<Row, Noun>(row: Row | null, to: (row: Row) => Noun): Noun | null {
  return row === null ? null : to(row);
}

const answerHeaders = fc
  .array(
    fc.tuple(
      fc.constantFrom('retry-after', 'date', 'location', 'content-type', 'prefect-maintenance'),
      fc.oneof(
        fc.constantFrom(
          'true',
          '1e9',
          '-5',
          'Fri, 31 Dec 9999 23:59:59 GMT',
          'http://evil.test/',
          '/other',
          '//x',
          ':',
        ),
        text,
      ),
    ),
    { maxLength: 3 },
  )
  .map((entries) => Object.fromEntries(entries));
const status = fc.constantFrom(
  200,
  200,
  200,
  200,
  201,
  204,
  301,
  302,
  307,
  308,
  400,
  403,
  404,
  409,
  422,
  429,
  500,
  503,
);

/** Time that passes in no time, and is counted. */
class CountingClock {
  ms = 0;
  nowMs = (): number => this.ms;
  monotonicMs = (): number => this.ms;
  random = (): number => 0.5;
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    // A watch over an answer; it is aborted when the answer is there.
    if (signal !== undefined && ms === 10_000)
      return await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    must(Number.isFinite(ms) && ms <= 90_000, `no server makes the worker wait ${ms} ms`);
    this.ms += ms;
  }
}

export const answers = [
  property({
    name: 'rest-answers',
    weight: 10,
    inputs: fc.nat(CALLS.length - 1).chain((index) =>
      fc.record({
        index: fc.constant(index),
        answers: fc.array(
          fc.record({
            status,
            headers: answerHeaders,
            body: fc.oneof(
              {
                weight: 60,
                arbitrary: changedText([CALLS[index]?.good ?? null, CALLS[(index + 1) % CALLS.length]?.good ?? null]),
              },
              { weight: 1, arbitrary: hugeJson },
            ),
          }),
          { minLength: 1, maxLength: 4 },
        ),
      }),
    ),
    async check({ index, answers: given }) {
      const { call, good } = CALLS[index] ?? { call: async () => null, good: null };
      const queue: HttpAnswer[] = [...given];
      const transport = {
        send: async ({ url, headers, body }: HttpRequest): Promise<HttpAnswer> => {
          if (!url.startsWith('http://prefect.test/')) {
            must(!JSON.stringify(headers).includes(SECRET), 'no secret follows a redirect to another host');
            must(body === null, 'no body follows a redirect to another host');
          }
          return queue.shift() ?? { status: 200, headers: {}, body: JSON.stringify(good) };
        },
        close: async () => {},
      };
      const clock = new CountingClock();
      const rest = new restClient.RestClient({
        connection: CONNECTION,
        transport,
        clock,
        logger: silentLogger,
        meter: silentMeter,
        identityHeaders: () => ({}),
      });
      await outcomeOf(() => call(new prefectApi.PrefectApi({ rest, clock, logger: silentLogger })));
    },
  }),
  property({
    name: 'redirects',
    weight: 8,
    inputs: fc.record({
      location: fc.oneof(
        fc.constantFrom(
          'https://prefect.test/api',
          '//evil.test/a',
          'http://prefect.test:81/',
          'ftp://a',
          '/b',
          '\\\\evil.test',
        ),
        text,
      ),
      method: fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE'),
      code: fc.constantFrom(301, 302, 303, 307, 308),
    }),
    async check({ location, method, code }) {
      const request: HttpRequest = {
        method,
        url: 'http://prefect.test/api/x',
        headers: {
          Authorization: SECRET,
          Cookie: SECRET,
          'CF-Access-Client-Secret': SECRET,
          Accept: 'application/json',
        },
        body: method === 'GET' ? null : SECRET,
      };
      const next = await outcomeOf(() =>
        redirects.redirected(request, { status: code, headers: { location }, body: '' }),
      );
      must('value' in next, 'a redirect is judged without an error');
      if (next.value === null) return;
      const to = new URL(next.value.url);
      if (to.hostname !== 'prefect.test' || !['', '80', '443'].includes(to.port))
        must(!JSON.stringify(next.value).includes(SECRET), 'no secret follows a redirect to another origin');
    },
  }),
  property({
    name: 'aws-answers',
    weight: 4,
    inputs: fc.record({
      call: fc.constantFrom('runTask', 'describeTasks', 'listTasks', 'stopTask', 'receive'),
      statusCode: fc.constantFrom(200, 200, 200, 400, 403, 500, 503),
      body: fc.oneof(
        changedText([
          { tasks: [TASK], failures: [{ arn: TASK_ARN, reason: 'MISSING', detail: 'd' }] },
          { taskArns: [TASK_ARN], nextToken: 'n', task: TASK },
          { __type: 'com.amazonaws.ecs#ClientException', message: 'm' },
        ]),
        changed([{ tasks: 7 }]).map((each) => JSON.stringify(each)),
      ),
      contentType: fc.constantFrom('application/x-amz-json-1.1', 'text/html', 'text/xml', ''),
    }),
    async check({ call, statusCode, body, contentType }) {
      const handler = {
        handle: async () => ({
          response: {
            statusCode,
            headers: contentType === '' ? {} : { 'content-type': contentType },
            body: Readable.from([Buffer.from(body)]),
          },
        }),
        metadata: { handlerProtocol: 'http/1.1' },
        updateHttpClientConfig: () => {},
        httpHandlerConfigs: () => ({}),
        destroy: () => {},
      };
      const environment = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: SECRET };
      const requestHandler = handler as unknown as ConstructorParameters<typeof SdkAwsClientsProvider>[4];
      const provider = new SdkAwsClientsProvider(
        { environment },
        new SecretRegistry(),
        silentLogger,
        new SdkCredentialSource({ nowMs: () => Date.now() }, requestHandler),
        requestHandler,
      );
      const credentials = {
        awsAccessKeyId: 'AKIA',
        awsSecretAccessKey: SECRET,
        awsClientParameters: { config: { retries: { max_attempts: 1 } } },
      };
      const clients = await provider.clientsFor(credentials as unknown as Parameters<typeof provider.clientsFor>[0]);
      const outcome = await outcomeOf(async () => {
        try {
          switch (call) {
            case 'runTask':
              return [(await clients.ecs.runTask({ taskDefinition: 'd' })).tasks];
            case 'describeTasks': {
              const { tasks, failures } = await clients.ecs.describeTasks({ cluster: 'c', tasks: [TASK_ARN] });
              return [tasks, failures];
            }
            case 'listTasks':
              return [(await clients.ecs.listTasks({ cluster: 'c' })).taskArns];
            case 'stopTask':
              return [[await clients.ecs.stopTask({ task: TASK_ARN, cluster: 'c', reason: 'r' })]];
            default:
              return [
                await clients.sqs.receiveMessages({
                  QueueUrl: 'https://sqs.us-east-1.amazonaws.com/1/q',
                  MaxNumberOfMessages: 1,
                  WaitTimeSeconds: 0,
                  VisibilityTimeout: 1,
                }),
              ];
          }
        } catch (error) {
          throw accessErrors.hostErrorOf(error);
        }
      });
      provider.close();
      if ('error' in outcome) return;
      for (const list of outcome.value) {
        must(Array.isArray(list), 'a list of AWS is one');
        must(
          list.every((each) =>
            call === 'listTasks' ? typeof each === 'string' : each === null || typeof each === 'object',
          ),
          'each of a list of AWS is of its type',
        );
      }
    },
  }),
];
