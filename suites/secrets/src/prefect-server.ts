import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JsonObject, type JsonValue, PREFECT_VERSION } from '@worker-host/core';

/** State of a server for its one worker. */
export interface ServerContent {
  readonly workPool: JsonObject;
  /** By id, in wire names; each scheduled at first. */
  readonly flowRuns: ReadonlyMap<string, JsonObject>;
  /** Block documents by `<type>/<name>`. */
  readonly blocks: ReadonlyMap<string, JsonObject>;
}

/** The part of a Prefect server that a worker needs to execute runs by REST; records everything it receives. */
export class PrefectServer {
  /** Path and body of every request. */
  readonly received: string[] = [];
  readonly states = new Map<string, JsonObject>();
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  #polls = 0;

  constructor(
    private readonly content: ServerContent,
    /** Rejects a request with a response that repeats it, as validation errors do. Null: executes it. */
    private readonly refuse: (method: string, path: string, body: string) => JsonValue,
  ) {}

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method = '' } = request;
    const path = (request.url ?? '').replace(/^\/api/, '').replace(/\?.*$/, '');
    this.received.push(`${method} ${path} ${body}`);
    const refusal = this.refuse(method, path, body);
    const [status, answer] = refusal === null ? this.#answer(method, path, body) : [422, refusal];
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(answer === null ? '' : JSON.stringify(answer));
  }

  #answer(method: string, path: string, body: string): readonly [number, JsonValue] {
    const { workPool, blocks } = this.content;
    const pool = `/work_pools/${String(workPool.name)}`;
    const [, noun = '', id = '', part = ''] = path.split('/');
    if (path === '/admin/version') return [200, PREFECT_VERSION];
    if (path === pool) return [200, workPool];
    if (path === `${pool}/get_scheduled_flow_runs`) return [200, this.#scheduled()];
    if (path.startsWith(pool)) return method === 'POST' && path.endsWith('filter') ? [200, []] : [204, null];
    if (noun === 'block_types') {
      const document = blocks.get(`${path.split('/')[3]}/${path.split('/')[6]}`);
      return document ? [200, document] : [404, { detail: 'Not Found' }];
    }
    if (noun === 'variables') return path.endsWith('/filter') ? [200, []] : [204, null];
    if (noun === 'flows') return [200, { id, name: 'a-flow', tags: [] }];
    if (path === '/flow_runs/bulk_set_state') return [200, this.#setStates(JSON.parse(body) as JsonObject)];
    if (noun === 'flow_runs' && part === 'set_state') return [200, this.#setState(id, JSON.parse(body) as JsonObject)];
    if (noun === 'flow_runs' && method === 'GET') return [200, this.#run(id)];
    if (path === '/flow_runs/filter') return [200, this.#found(JSON.parse(body) as JsonObject)];
    if (noun === 'flow_runs' || noun === 'logs' || noun === 'events') return [201, null];
    return [404, { detail: 'Not Found' }];
  }

  #scheduled(): JsonValue {
    this.#polls += 1;
    if (this.#polls > 1) return [];
    return [...this.content.flowRuns.keys()].map((id) => ({ work_queue_id: 'queue', flow_run: this.#run(id) }));
  }

  #run(id: string): JsonObject {
    const state = this.states.get(id) ?? {
      id: `${id}-0`,
      type: 'SCHEDULED',
      name: 'Scheduled',
      timestamp: new Date().toISOString(),
      message: null,
      state_details: {},
    };
    const { type, name } = state;
    return { ...this.content.flowRuns.get(id), id, state, state_type: type ?? null, state_name: name ?? null };
  }

  #found({ flow_runs }: JsonObject): JsonValue {
    const { id, state } = flow_runs as { id?: { any_: string[] }; state?: { type: { any_: string[] } } };
    return [...this.content.flowRuns.keys()]
      .filter((each) => id?.any_.includes(each) ?? true)
      .map((each) => this.#run(each))
      .filter(({ state_type }) => state?.type.any_.includes(String(state_type)) ?? true);
  }

  #setStates({ flow_runs, state }: JsonObject): JsonObject {
    const filter = flow_runs as { id: { any_: string[] }; state: { type: { any_: string[] } } };
    const ids = filter.id.any_.filter((id) => filter.state.type.any_.includes(String(this.#run(id).state_type)));
    return { results: ids.map((id) => ({ flow_run_id: id, ...this.#setState(id, { state: state ?? null }) })) };
  }

  #setState(id: string, { state }: JsonObject): JsonObject {
    const details = { ...(state as JsonObject) };
    const accepted = { ...details, id: crypto.randomUUID(), timestamp: new Date().toISOString() };
    this.states.set(id, accepted);
    return { status: 'ACCEPT', state: accepted, details: { type: 'accept_details' } };
  }
}
