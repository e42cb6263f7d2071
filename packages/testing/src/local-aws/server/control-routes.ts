import type { ServerResponse } from 'node:http';

import { isWorkerError } from '@worker-host/core';

import type { TaskStatus } from '../ecs/tasks/task.js';
import type { Fault } from '../faults/fault.js';
import type { CallFilter } from './call-log.js';
import type { ReadRequest } from './http-server.js';
import type { LocalAws } from './local-aws.js';

/** Paths under this prefix belong to the local AWS, for tests in other processes. */
export const CONTROL_PREFIX = '/_local-aws/';

/** Serves faults, assumptions, calls, tasks and health as JSON. */
export async function answerControl(aws: LocalAws, request: ReadRequest, response: ServerResponse): Promise<void> {
  try {
    const answer = await route(aws, request);
    if (answer === undefined) send(response, 404, { message: `No such path or method: ${request.path}` });
    else send(response, 200, answer);
  } catch (error) {
    if (isWorkerError(error)) send(response, 400, { code: error.code, message: error.message, ...error.details });
    else if (error instanceof SyntaxError) send(response, 400, { message: error.message });
    else throw error;
  }
}

async function route(aws: LocalAws, request: ReadRequest): Promise<unknown> {
  const [resource = '', id] = request.path.slice(CONTROL_PREFIX.length).split('/').map(decodeURIComponent);
  switch (`${request.message.method} ${resource}`) {
    case 'GET health':
      return {
        status: 'ok',
        url: aws.url,
        account: aws.account,
        region: aws.region,
        tasks: placeOf(aws, request).ecs.taskCounts(),
      };
    case 'GET faults':
      return { faults: aws.faults.list() };
    case 'POST faults':
      return addFaults(aws, JSON.parse(request.body));
    case 'DELETE faults':
      if (id === undefined) aws.faults.clear();
      else if (!aws.faults.remove(id)) return undefined;
      return { faults: aws.faults.list() };
    case 'GET assumptions':
      return aws.assumptions.values;
    case 'POST assumptions':
      aws.assumptions.set(JSON.parse(request.body));
      return aws.assumptions.values;
    case 'GET calls':
      return { counts: aws.callCounts(), calls: aws.calls(Object.fromEntries(request.query) as CallFilter) };
    case 'DELETE calls':
      aws.clearCalls();
      return { counts: {} };
    case 'GET tasks':
      return getTasks(aws, request, id);
    default:
      return undefined;
  }
}

function addFaults(aws: LocalAws, body: unknown): unknown {
  const wanted = Array.isArray(body) ? body : [body];
  return { faults: wanted.map((fault) => aws.faults.add(fault as Fault)) };
}

/** Returns all tasks, those with a status, or one; `until` waits for a status of one. */
async function getTasks(aws: LocalAws, request: ReadRequest, id: string | undefined): Promise<unknown> {
  const { ecs } = placeOf(aws, request);
  const status = request.query.get('status');
  const until = request.query.get('until') as TaskStatus | null;
  if (id !== undefined) return until === null ? ecs.task(id) : ecs.whenTask(id, until, request.signal);
  return { tasks: ecs.tasks().filter((task) => status === null || task.lastStatus === status) };
}

function placeOf(aws: LocalAws, request: ReadRequest) {
  return aws.at(request.query.get('account') ?? aws.account, request.query.get('region') ?? aws.region);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
