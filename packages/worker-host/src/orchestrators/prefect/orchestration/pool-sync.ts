import type { JsonObject, WorkerIdentity, WorkPoolRequest } from '@worker-host/core';
import type { ApiWorkPool } from '../api/api-types.js';
import type { PrefectApi } from '../api/prefect-api.js';
import { PrefectConflictError, PrefectNotFoundError, PrefectRefusedError } from '../rest/rest-errors.js';

/**
 * Reads the pool by REST; creates it if it does not exist and creation is requested; sets the default template if its
 * template is empty. Null: it does not exist.
 */
export async function syncPool(
  api: PrefectApi,
  identity: WorkerIdentity,
  request: WorkPoolRequest,
  signal?: AbortSignal,
): Promise<ApiWorkPool | null> {
  const { workPoolName: name, type } = identity;
  let pool = await api.readWorkPool(name, signal);
  if (pool === null) {
    if (!request.createIfNotFound) return null;
    try {
      pool = await api.createWorkPool({ name, type });
    } catch (error) {
      if (!(error instanceof PrefectConflictError)) throw error;
      pool = await api.readWorkPool(name, signal);
      if (pool === null) return null;
    }
  }
  if (
    Object.keys(pool.base_job_template ?? {}).length > 0 ||
    Object.keys(request.defaultBaseJobTemplate).length === 0
  ) {
    return pool;
  }
  await api.updateWorkPool(name, { base_job_template: request.defaultBaseJobTemplate });
  return { ...pool, base_job_template: request.defaultBaseJobTemplate };
}

/** Sends heartbeats by REST, while the channel does not. */
export class RestHeartbeat {
  #workerId: string | null = null;
  #isMetadataSent = false;
  #isIdRefused = false;

  constructor(
    private readonly api: PrefectApi,
    private readonly identity: WorkerIdentity,
    private readonly isCloud: boolean,
    private readonly metadata: JsonObject,
  ) {}

  /** As returned by Prefect Cloud; a self-hosted server returns none. */
  get workerId(): string | null {
    return this.#workerId;
  }

  /** False: the server knows no such pool. */
  async send(signal?: AbortSignal): Promise<boolean> {
    const asksForId = this.isCloud && this.#workerId === null && !this.#isIdRefused;
    try {
      const id = await this.api.sendHeartbeat(
        this.identity.workPoolName,
        {
          name: this.identity.name,
          heartbeat_interval_seconds: Math.max(1, Math.trunc(this.identity.heartbeatIntervalSeconds)),
          ...(this.isCloud && !this.#isMetadataSent ? { metadata: this.metadata } : {}),
          ...(asksForId ? { return_id: true } : {}),
        },
        signal,
      );
      this.#isMetadataSent = true;
      this.#workerId ??= id;
      return true;
    } catch (error) {
      if (error instanceof PrefectNotFoundError) return false;
      if (!asksForId || !(error instanceof PrefectRefusedError) || error.refusal.status !== 422) throw error;
      this.#isIdRefused = true;
      return this.send(signal);
    }
  }
}
