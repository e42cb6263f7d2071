import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Members = Record<string, unknown>;

/** An object as stored by the server. */
export interface Stored {
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    creationTimestamp: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    deletionTimestamp?: string;
    deletionGracePeriodSeconds?: number;
  };
  spec?: Members;
  status?: Members;
  data?: Record<string, string>;
}

const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,61}[a-z0-9])?$/;
const LABEL = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const ROUTE = /^\/(?:api\/v1|apis\/batch\/v1)\/namespaces\/([^/]+)(?:\/(jobs|pods|secrets)(?:\/([^/]+))?(\/log)?)?$/;
const TOKEN = 'a-token-of-the-worker';

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The part of a Kubernetes API server that the plugin uses, over HTTP, with its errors: names are unique, labels and fields are
 * validated, a deleted pod lives on for its grace period, a quota counts jobs. `api-answers.test.ts` compares it with a real
 * one.
 */
export class FakeApiServer {
  readonly token = TOKEN;
  readonly objects = new Map<string, Stored>();
  readonly logs = new Map<string, string>();
  readonly graces = new Map<string, number>();
  /** Closes every connection. */
  isAway = false;
  isTokenRefused = false;
  isQuotaUsedUp = false;
  losesNextAnswer = false;
  readonly ignoredDeletions = new Set<string>();
  #address = '';

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async open(): Promise<FakeApiServer> {
    const server = createServer();
    const fake = new FakeApiServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    fake.#address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return fake;
  }

  get address(): string {
    return this.#address;
  }

  of(kind: 'jobs' | 'pods' | 'secrets'): readonly Stored[] {
    return [...this.objects].flatMap(([key, object]) => (key.startsWith(`${kind}/`) ? [object] : []));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += chunk;
    if (this.isAway) {
      request.socket.destroy();
      return;
    }
    let answer: { readonly status: number; readonly body: unknown };
    try {
      answer = { status: request.method === 'POST' ? 201 : 200, body: this.#answer(request, text) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { status: code, reason, message } = error;
      answer = { status: code, body: { kind: 'Status', status: 'Failure', code, reason, message } };
    }
    if (this.losesNextAnswer && request.method === 'POST') {
      this.losesNextAnswer = false;
      request.socket.destroy();
      return;
    }
    const { status, body } = answer;
    response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }

  #answer(request: IncomingMessage, text: string): unknown {
    if (this.isTokenRefused || request.headers.authorization !== `Bearer ${TOKEN}`)
      throw new Refusal(401, 'Unauthorized', 'Unauthorized');
    const url = new URL(request.url ?? '/', this.#address);
    const [, namespace = '', kind, name, isLog] = ROUTE.exec(url.pathname) ?? [];
    if (namespace === '') throw new Refusal(404, 'NotFound', 'the server could not find the requested resource');
    const isListing = request.method === 'GET' && kind !== undefined && name === undefined;
    if (namespace !== 'default' && namespace !== 'kube-system' && !isListing)
      throw new Refusal(404, 'NotFound', `namespaces "${namespace}" not found`);
    if (kind === undefined) return { metadata: { name: namespace, uid: 'cluster-of-tests' } };
    const body = text === '' ? {} : (JSON.parse(text) as Members);
    if (name === undefined) {
      if (request.method === 'POST') return this.#create(kind, namespace, body as unknown as Stored);
      return this.#list(kind, url.searchParams);
    }
    const stored = this.objects.get(`${kind}/${namespace}/${name}`);
    if (stored === undefined) throw new Refusal(404, 'NotFound', `${kind} "${name}" not found`);
    if (isLog) return this.#log(stored, url.searchParams);
    switch (request.method) {
      case 'PATCH':
        if (request.headers['content-type'] !== 'application/merge-patch+json')
          throw new Refusal(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format');
        merge(stored as unknown as Members, body);
        return stored;
      case 'PUT':
        stored.data = body.data as Record<string, string>;
        return stored;
      case 'DELETE':
        return this.#delete(stored, Number(url.searchParams.get('gracePeriodSeconds') ?? 30));
      default:
        return stored;
    }
  }

  #create(kind: string, namespace: string, body: Stored): Stored {
    const { name, labels = {} } = body.metadata;
    const invalid = (field: string): Refusal => new Refusal(422, 'Invalid', `${field}: Invalid value`);
    if (!NAME.test(name)) throw invalid('metadata.name');
    if (Object.values(labels).some((value) => !LABEL.test(value))) throw invalid('metadata.labels');
    if (kind === 'jobs') {
      const { template } = body.spec as { readonly template: { readonly spec: Members } };
      const [container] = template.spec.containers as readonly Members[];
      if (typeof container?.image !== 'string' || container.image === '')
        throw invalid('spec.template.spec.containers[0].image');
      if (!['Always', 'IfNotPresent', 'Never'].includes(String(container.imagePullPolicy)))
        throw invalid('spec.template.spec.containers[0].imagePullPolicy');
      const { requests = {} } = container.resources as { readonly requests?: Record<string, string> };
      if (Object.values(requests).some((quantity) => !/^\d+(?:\.\d+)?(?:[munkMGTPE]|[KMGTPE]i)?$/.test(quantity)))
        throw new Refusal(400, 'BadRequest', 'quantities must match the regular expression');
    }
    const key = `${kind}/${namespace}/${name}`;
    if (this.objects.has(key)) throw new Refusal(409, 'AlreadyExists', `${kind} "${name}" already exists`);
    if (kind === 'jobs' && this.isQuotaUsedUp)
      throw new Refusal(
        403,
        'Forbidden',
        `jobs.batch "${name}" is forbidden: exceeded quota: q, requested: count/jobs.batch=1`,
      );
    const metadata = { ...body.metadata, namespace, uid: randomUUID(), creationTimestamp: new Date().toISOString() };
    const stored = { ...body, metadata };
    this.objects.set(key, stored);
    return stored;
  }

  #list(kind: string, query: URLSearchParams): unknown {
    const [label = '', value = ''] = (query.get('labelSelector') ?? '').split('=');
    const found = this.of(kind as 'jobs').filter(({ metadata }) => label === '' || metadata.labels?.[label] === value);
    const [from, limit] = [Number(query.get('continue') ?? 0), Number(query.get('limit') ?? 500)];
    const next = from + limit < found.length ? { continue: String(from + limit) } : {};
    return { metadata: next, items: found.slice(from, from + limit) };
  }

  /** Lines from a whole second, because the API supports only those. */
  #log({ metadata, status }: Stored, query: URLSearchParams): string {
    if (status?.phase === 'Pending') throw new Refusal(400, 'BadRequest', 'container "job" is waiting to start');
    const since = query.get('sinceTime') ?? '';
    if (since !== '' && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(since))
      throw new Refusal(400, 'BadRequest', 'sinceTime: Invalid value');
    const lines = (this.logs.get(metadata.name) ?? '')
      .split(/(?<=\n)/)
      .filter((line) => line.slice(0, 19) >= since.slice(0, 19));
    return Buffer.from(lines.join(''))
      .subarray(0, Number(query.get('limitBytes')))
      .toString();
  }

  #delete(stored: Stored, grace: number): Stored {
    const { metadata } = stored;
    if (this.ignoredDeletions.delete(metadata.labels?.['worker-host.dev/flow-run-id'] ?? '')) return stored;
    metadata.deletionTimestamp = new Date().toISOString();
    metadata.deletionGracePeriodSeconds = Math.min(grace, metadata.deletionGracePeriodSeconds ?? grace);
    this.graces.set(metadata.labels?.['worker-host.dev/flow-run-id'] ?? '', metadata.deletionGracePeriodSeconds);
    return stored;
  }
}

/** Applies a JSON merge patch. */
function merge(target: Members, patch: Members): void {
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete target[name];
    else if (typeof value === 'object' && !Array.isArray(value)) {
      target[name] ??= {};
      merge(target[name] as Members, value as Members);
    } else target[name] = value;
  }
}
