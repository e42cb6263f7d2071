import type { Job, Pod } from './kubernetes-objects.js';

/** Which lines of a container's log to read. */
export interface LogRequest {
  /** RFC 3339; the API supports whole seconds only. Null: from the beginning. */
  readonly sinceTime: string | null;
  readonly limitBytes: number;
}

/**
 * The calls of the Kubernetes API that the plugin makes.
 *
 * Each rejects with KubernetesUnavailableError, KubernetesAccessError, or ApiStatusError for errors about the request
 * itself.
 */
export interface KubernetesApi {
  /** Uid of the cluster: that of its `kube-system` namespace, otherwise the URL of the API. */
  clusterId(): Promise<string>;
  /** @throws ApiStatusError 409 if the name exists. */
  createJob(namespace: string, job: object): Promise<Job>;
  /** Null: it does not exist. */
  readJob(namespace: string, name: string): Promise<Job | null>;
  /** Applies a JSON merge patch. Null: the job does not exist. */
  patchJob(namespace: string, name: string, patch: object): Promise<Job | null>;
  listJobs(namespace: string, labelSelector: string, limit?: number): Promise<readonly Job[]>;
  listPods(namespace: string, labelSelector: string): Promise<readonly Pod[]>;
  /** Does nothing if it does not exist. */
  deletePod(namespace: string, name: string, graceSeconds: number): Promise<void>;
  /** Returns lines with timestamps. Null: the log cannot be read (yet, or any more). */
  readLog(namespace: string, pod: string, container: string, request: LogRequest): Promise<string | null>;
  /** Creates the secret, or replaces its data. */
  putSecret(namespace: string, secret: { readonly metadata: { readonly name: string } }): Promise<void>;
  close(): Promise<void>;
}
