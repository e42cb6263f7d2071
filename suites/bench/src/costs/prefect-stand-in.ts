import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildBaseJobTemplate, type JsonObject, type JsonValue, PREFECT_VERSION } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';

const MOST_POLLED = 200;
const DEPLOYMENTS = 3;

type Answer = readonly [status: number, body: JsonValue];

/** The part of a Prefect server that one worker needs to launch runs by REST, at almost no cost. */
export class PrefectStandIn {
  /**
   * Requests about a single run. The number of polls, heartbeats, events and logs depends on the speed of the machine.
   */
  requestsOfRuns = 0;
  /** Resolves with the first poll for runs. */
  readonly polled: Promise<void>;
  readonly #runs = new Map<string, JsonObject>();
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  #noteFirstPoll = (): void => {};

  constructor(private readonly pool: string) {
    this.polled = new Promise((resolve) => {
      this.#noteFirstPoll = resolve;
    });
  }

  /** Resolves with the URL of its API. */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Creates runs of three deployments, due immediately. */
  schedule(count: number): void {
    for (let made = 0; made < count; made += 1) {
      const id = randomUUID();
      const fields = { name: `run-${made}`, deployment_id: `deployment-${made % DEPLOYMENTS}`, labels: {} };
      this.#runs.set(id, { ...fields, state: stateOf({ type: 'SCHEDULED', name: 'Scheduled' }) });
    }
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const path = (request.url ?? '').replace(/^\/api/, '').replace(/\?.*$/, '');
    const [status, answer] = this.#answer(request.method ?? '', path, body === '' ? {} : JSON.parse(body));
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(answer === null ? '' : JSON.stringify(answer));
  }

  #answer(method: string, path: string, body: JsonObject): Answer {
    const [, noun = '', id = '', part = ''] = path.split('/');
    if (path === '/admin/version') return [200, PREFECT_VERSION];
    if (noun === 'work_pools') return this.#ofPool(part, path);
    if (noun === 'deployments') return [200, deploymentOf(id)];
    if (noun === 'flows') return [200, { id, name: 'a-flow', tags: [], labels: {} }];
    if (path === '/flow_runs/filter') return [200, this.#found(body)];
    if (path === '/flow_runs/bulk_set_state') return [200, this.#setStates(body)];
    if (noun === 'flow_runs') return this.#ofRun(method, id, part, body);
    if (noun === 'variables') return path.endsWith('/filter') ? [200, []] : [204, null];
    if (noun === 'logs' || noun === 'events') return [201, null];
    return [404, { detail: 'Not Found' }];
  }

  #ofPool(part: string, path: string): Answer {
    if (part === '') return [200, poolOf(this.pool)];
    if (part === 'get_scheduled_flow_runs') return [200, this.#scheduled()];
    return path.endsWith('/filter') ? [200, []] : [204, null];
  }

  #scheduled(): JsonValue {
    this.#noteFirstPoll();
    return [...this.#runs.keys()]
      .map((id) => this.#run(id))
      .filter(({ state_type }) => state_type === 'SCHEDULED')
      .slice(0, MOST_POLLED)
      .map((flow_run) => ({ work_queue_id: 'queue', flow_run }));
  }

  #found({ flow_runs, limit, offset }: JsonObject): JsonValue {
    const { id, state } = (flow_runs ?? {}) as {
      id?: { any_?: string[]; not_any_?: string[] };
      state?: { type?: { any_?: string[] } };
    };
    const types = state?.type?.any_;
    const given = new Set(id?.not_any_);
    const from = Number(offset ?? 0);
    return (id?.any_ ?? [...this.#runs.keys()])
      .filter((each) => this.#runs.has(each) && !given.has(each))
      .map((each) => this.#run(each))
      .filter((run) => types === undefined || types.includes(String(run.state_type)))
      .slice(from, from + Number(limit ?? MOST_POLLED));
  }

  #setStates(body: JsonObject): JsonValue {
    this.requestsOfRuns += 1;
    const results = (this.#found(body) as readonly JsonObject[]).map(({ id }) => {
      const state = stateOf(body.state as JsonObject);
      this.#runs.set(String(id), { ...this.#runs.get(String(id)), state });
      return { flow_run_id: String(id), status: 'ACCEPT', state, details: { type: 'accept_details' } };
    });
    return { results };
  }

  #ofRun(method: string, id: string, part: string, body: JsonObject): Answer {
    const run = this.#runs.get(id);
    if (run === undefined) return [404, { detail: 'Not Found' }];
    this.requestsOfRuns += 1;
    if (method === 'GET') return [200, this.#run(id)];
    if (part === 'set_state') {
      const state = stateOf(body.state as JsonObject);
      this.#runs.set(id, { ...run, state });
      return [201, { status: 'ACCEPT', state, details: { type: 'accept_details' } }];
    }
    const changes = part === 'labels' ? { labels: { ...(run.labels as JsonObject), ...body } } : body;
    this.#runs.set(id, { ...run, ...changes });
    return [204, null];
  }

  #run(id: string): JsonObject {
    const run = this.#runs.get(id) ?? {};
    const { type, name } = run.state as JsonObject;
    return {
      id,
      flow_id: 'flow',
      work_pool_name: this.pool,
      work_queue_name: 'default',
      parameters: {},
      tags: [],
      job_variables: {},
      infrastructure_pid: null,
      start_time: null,
      expected_start_time: new Date(0).toISOString(),
      next_scheduled_start_time: new Date(0).toISOString(),
      run_count: 0,
      ...run,
      state_type: type ?? null,
      state_name: name ?? null,
    };
  }
}

function stateOf(given: JsonObject): JsonObject {
  return { message: null, state_details: {}, ...given, id: randomUUID(), timestamp: new Date().toISOString() };
}

function poolOf(name: string): JsonObject {
  const base_job_template = buildBaseJobTemplate(plugin);
  return { id: 'pool', name, type: 'ecs', base_job_template, is_paused: false, concurrency_limit: null };
}

function deploymentOf(id: string): JsonObject {
  const job_variables = { command: 'true', family: `worker-host-bench-${id}` };
  return { id, name: id, flow_id: 'flow', job_variables, parameters: {}, tags: [], labels: {} };
}
