/** Claim in the message of a Pending or Submitting state. */
export interface ClaimNote {
  readonly worker: string;
  /** Fencing token of the lease. */
  readonly lease: string;
  /** Null in the claim itself, where the id of the state is that of the attempt. */
  readonly attemptId: string | null;
  /** How long the worker can send no heartbeat before it counts as dead. */
  readonly silenceMs: number;
}

const FACTS =
  /^Claimed by worker ("(?:[^"\\]|\\.)*") \[(?:attempt=([\w-]+), )?lease=([\w.-]+), silenceSeconds=(\d+)\]$/;

/** Returns the message with which a claim names its owner in the same request, before any label does. */
export function claimMessage({ worker, lease, attemptId, silenceMs }: ClaimNote): string {
  const attempt = attemptId === null ? '' : `attempt=${attemptId}, `;
  const facts = `${attempt}lease=${lease}, silenceSeconds=${Math.round(silenceMs / 1000)}`;
  return `Claimed by worker ${JSON.stringify(worker)} [${facts}]`;
}

/** Null: no worker of this kind proposed the state. */
export function parseClaimMessage(message: string | null): ClaimNote | null {
  const match = FACTS.exec(message ?? '');
  if (match === null) return null;
  const [, worker = '""', attemptId, lease = '', seconds] = match;
  return { worker: JSON.parse(worker), lease, attemptId: attemptId ?? null, silenceMs: Number(seconds) * 1000 };
}
