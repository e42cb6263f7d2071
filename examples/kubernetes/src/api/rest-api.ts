import { request } from 'undici';
import type { Access } from '../access/access.js';
import { KubernetesAccessError, KubernetesUnavailableError } from '../kubernetes-errors.js';
import { type ApiStatus, ApiStatusError, isStatus } from './api-status-error.js';
import type { KubernetesApi, LogRequest } from './kubernetes-api.js';
import type { Job, List, Pod } from './kubernetes-objects.js';

const TIMEOUT_MS = 30_000;
const PAGE = 500;

interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: object;
}

/** The Kubernetes API over HTTP. */
export class RestApi implements KubernetesApi {
  #clusterId: string | null = null;

  constructor(private readonly access: Access) {}

  async clusterId(): Promise<string> {
    if (this.#clusterId !== null) return this.#clusterId;
    let uid: string | undefined;
    try {
      const call = { method: 'GET', path: '/api/v1/namespaces/kube-system' } as const;
      uid = (await this.#json<Pick<Job, 'metadata'>>('Reading the cluster', call)).metadata.uid;
    } catch (error) {
      // A role that can read only its own namespace is sufficient.
      if (!(error instanceof KubernetesAccessError) && !isStatus(error, 404)) throw error;
    }
    this.#clusterId = uid ?? new URL(this.access.server).host.replace(':', '-');
    return this.#clusterId;
  }

  async createJob(namespace: string, body: object): Promise<Job> {
    return await this.#json('Creating the job', { method: 'POST', path: jobs(namespace), body });
  }

  async readJob(namespace: string, name: string): Promise<Job | null> {
    return await orNull(this.#json<Job>('Reading the job', { method: 'GET', path: jobs(namespace, name) }));
  }

  async patchJob(namespace: string, name: string, body: object): Promise<Job | null> {
    return await orNull(this.#json<Job>('Changing the job', { method: 'PATCH', path: jobs(namespace, name), body }));
  }

  async listJobs(namespace: string, labelSelector: string, limit?: number): Promise<readonly Job[]> {
    return await this.#all<Job>('Listing jobs', jobs(namespace), labelSelector, limit);
  }

  async listPods(namespace: string, labelSelector: string): Promise<readonly Pod[]> {
    return await this.#all<Pod>('Listing pods', core(namespace, 'pods'), labelSelector);
  }

  async deletePod(namespace: string, name: string, gracePeriodSeconds: number): Promise<void> {
    const call: Call = { method: 'DELETE', path: core(namespace, 'pods', name), query: { gracePeriodSeconds } };
    await orNull(this.#json('Deleting the pod', call));
  }

  async readLog(namespace: string, pod: string, container: string, wanted: LogRequest): Promise<string | null> {
    const { sinceTime, limitBytes } = wanted;
    const query = { container, timestamps: true, limitBytes, ...(sinceTime === null ? {} : { sinceTime }) };
    const path = `${core(namespace, 'pods', pod)}/log`;
    try {
      return await this.#text('Reading the log', { method: 'GET', path, query });
    } catch (error) {
      // 400: the container waits to start; 404: the pod does not exist.
      if (isStatus(error, 400) || isStatus(error, 404)) return null;
      throw error;
    }
  }

  async putSecret(namespace: string, secret: { readonly metadata: { readonly name: string } }): Promise<void> {
    const what = 'Creating the secret';
    try {
      await this.#json(what, { method: 'POST', path: core(namespace, 'secrets'), body: secret });
    } catch (error) {
      if (!isStatus(error, 409)) throw error;
      const path = core(namespace, 'secrets', secret.metadata.name);
      await this.#json(what, { method: 'PUT', path, body: secret });
    }
  }

  async close(): Promise<void> {
    await this.access.close();
  }

  async #all<Item>(what: string, path: string, labelSelector: string, most?: number): Promise<readonly Item[]> {
    const items: Item[] = [];
    for (let next = ''; ; ) {
      const query = { labelSelector, limit: most ?? PAGE, ...(next === '' ? {} : { continue: next }) };
      const list = await this.#json<List<Item>>(what, { method: 'GET', path, query });
      items.push(...list.items);
      next = list.metadata.continue ?? '';
      if (next === '' || most !== undefined) return items;
    }
  }

  async #json<T>(what: string, call: Call): Promise<T> {
    return JSON.parse(await this.#text(what, call)) as T;
  }

  async #text(what: string, { method, path, query = {}, body }: Call): Promise<string> {
    const { server, dispatcher } = this.access;
    const url = new URL(`${server}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const token = await this.access.token();
    const headers = {
      accept: 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body ? { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' } : {}),
    };
    let answer: { readonly status: number; readonly text: string };
    try {
      const { statusCode: status, body: received } = await request(url, {
        method,
        headers,
        body: body ? JSON.stringify(body) : null,
        dispatcher,
        headersTimeout: TIMEOUT_MS,
        bodyTimeout: TIMEOUT_MS,
      });
      answer = { status, text: await received.text() };
    } catch (cause) {
      throw new KubernetesUnavailableError(what, (cause as NodeJS.ErrnoException).code ?? 'no answer', { cause });
    }
    if (answer.status < 300) return answer.text;
    throw refusalOf(what, answer.status, statusIn(answer.text));
  }
}

function refusalOf(what: string, status: number, body: ApiStatus): Error {
  const { reason = '' } = body;
  if (status === 429 || status >= 500) return new KubernetesUnavailableError(what, `${status} ${reason}`);
  const isQuota = status === 403 && body.message?.includes('exceeded quota');
  if (status === 401 || (status === 403 && !isQuota)) return new KubernetesAccessError(what, status, reason);
  return new ApiStatusError(what, status, body);
}

function statusIn(text: string): ApiStatus {
  try {
    return JSON.parse(text) as ApiStatus;
  } catch {
    return {};
  }
}

async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (isStatus(error, 404)) return null;
    throw error;
  }
}

function jobs(namespace: string, name?: string): string {
  return joined(`/apis/batch/v1/namespaces/${encodeURIComponent(namespace)}/jobs`, name);
}

function core(namespace: string, kind: string, name?: string): string {
  return joined(`/api/v1/namespaces/${encodeURIComponent(namespace)}/${kind}`, name);
}

function joined(path: string, name: string | undefined): string {
  return name === undefined ? path : `${path}/${encodeURIComponent(name)}`;
}
