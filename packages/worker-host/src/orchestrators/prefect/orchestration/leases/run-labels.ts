import {
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type StoredLaunch,
  type WorkerIdentity,
} from '@worker-host/core';

/** Label with the name of the worker that owns a run; Prefect's own worker writes it too. */
export const WORKER_NAME_LABEL = 'prefect.worker.name';
const ATTEMPT_LABEL = 'worker-host.attempt';
const LEASE_LABEL = 'worker-host.lease';
const HEARTBEAT_LABEL = 'worker-host.heartbeat';
const LAUNCH_LABEL = 'worker-host.launch';
/** Value of the lease label of a run that its owner has released. */
export const RELEASED = 'released';

/** A launch as stored in its label. */
export interface LabelledLaunch extends StoredLaunch {
  /** The infrastructure of the run before this launch. Null: none. */
  readonly earlierPid: string | null;
}

/** Ownership according to the labels of a run. */
export interface RunLabels {
  /** Null: no worker has labelled the run. */
  readonly worker: string | null;
  /** The attempt that a worker of this kind labelled. Null: none. */
  readonly attemptId: string | null;
  /**
   * The lease, if a worker of this kind wrote it and no other worker has labelled the run since: fencing token or
   * `released`, and how long its worker can be silent.
   */
  readonly lease: { readonly token: string; readonly silenceMs: number } | null;
  /** Number of owners that died with the attempt before they launched it. */
  readonly deaths: number;
}

/** The owner of an attempt, for its labels. */
export interface Ownership {
  readonly identity: Pick<WorkerIdentity, 'name' | 'type' | 'workPoolName'>;
  /** Null: unknown yet. */
  readonly workPoolId: string | null;
  /** Fencing token, or `released`. */
  readonly token: string;
  readonly attemptId: string;
  readonly silenceMs: number;
  /** Number of owners that died with the attempt before they launched it. */
  readonly deaths: number;
}

/** Returns the labels that name the owner of an attempt and its heartbeat limit. */
export function ownershipLabels({
  identity,
  workPoolId,
  token,
  attemptId,
  silenceMs,
  deaths,
}: Ownership): Record<string, string> {
  return {
    [WORKER_NAME_LABEL]: identity.name,
    'prefect.worker.type': identity.type,
    'prefect.work-pool.name': identity.workPoolName,
    ...(workPoolId === null ? {} : { 'prefect.work-pool.id': workPoolId }),
    [ATTEMPT_LABEL]: attemptId,
    [LEASE_LABEL]: token,
    [HEARTBEAT_LABEL]: JSON.stringify({
      worker: identity.name,
      silenceSeconds: Math.round(silenceMs / 1000),
      ...(deaths === 0 ? {} : { deaths }),
    }),
  };
}

/** Returns the label of a launch before it is sent. */
export function launchLabel(
  attemptId: string,
  { relaunch, place, earlierPid }: LabelledLaunch,
): Record<string, string> {
  return { [LAUNCH_LABEL]: JSON.stringify({ attempt: attemptId, relaunch, place, earlierPid }) };
}

export function parseRunLabels(labels: JsonObject | null): RunLabels {
  const worker = textOf(labels?.[WORKER_NAME_LABEL]);
  const token = textOf(labels?.[LEASE_LABEL]);
  const attemptId = textOf(labels?.[ATTEMPT_LABEL]);
  const promise = jsonOf(labels?.[HEARTBEAT_LABEL]);
  const seconds = promise?.silenceSeconds;
  const isWhole = token !== null && attemptId !== null && typeof seconds === 'number' && seconds > 0;
  const lease = isWhole && promise?.worker === worker ? { token, silenceMs: seconds * 1000 } : null;
  const deaths = typeof promise?.deaths === 'number' && promise.deaths > 0 ? promise.deaths : 0;
  return { worker, attemptId, lease, deaths };
}

/** Returns the last stored launch of an attempt. Null: none. */
export function parseLaunch(labels: JsonObject | null, attemptId: string | null = null): LabelledLaunch | null {
  const found = jsonOf(labels?.[LAUNCH_LABEL]);
  if (found === null || (attemptId !== null && found.attempt !== attemptId)) return null;
  const { relaunch, place, earlierPid } = found;
  if (typeof relaunch !== 'number' || !isJsonObject(place)) return null;
  return { relaunch, place, earlierPid: textOf(earlierPid) };
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function jsonOf(value: JsonValue | undefined): JsonObject | null {
  if (typeof value !== 'string') return null;
  try {
    const parsed: unknown = JSON.parse(value);
    return isJsonObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}
