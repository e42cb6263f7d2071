import type { Job, Pod } from './kubernetes-objects.js';

/** Which lines of a container's log are wanted. */
export interface LogRequest {
  /** RFC 3339; the API takes whole seconds. Null: from the beginning. */
  readonly sinceTime: string | null;
  readonly limitBytes: number;
}

/**
 * The calls of the Kubernetes API that the plugin makes.
 *
 * Each rejects with KubernetesUnavailableError, KubernetesAccessError, or ApiStatusError for what the API says of the
 * request itself.
 */
export interface KubernetesApi {
  /** Uid of the cluster: that of its `kube-system` namespace, else the address of the API. */
  clusterId(): Promise<string>;
  /** @throws ApiStatusError 409 where the name is taken. */
  createJob(namespace: string, job: object): Promise<Job>;
  /** Null: there is none. */
  readJob(namespace: string, name: string): Promise<Job | null>;
  /** A JSON merge patch. Null: there is no such job. */
  patchJob(namespace: string, name: string, patch: object): Promise<Job | null>;
  listJobs(namespace: string, labelSelector: string, limit?: number): Promise<readonly Job[]>;
  listPods(namespace: string, labelSelector: string): Promise<readonly Pod[]>;
  /** Does nothing where there is none. */
  deletePod(namespace: string, name: string, graceSeconds: number): Promise<void>;
  /** Lines with timestamps. Null: the log cannot be read (yet, or any more). */
  readLog(namespace: string, pod: string, container: string, request: LogRequest): Promise<string | null>;
  /** Makes the secret, or replaces its data. */
  putSecret(namespace: string, secret: { readonly metadata: { readonly name: string } }): Promise<void>;
  close(): Promise<void>;
}
