import { isJsonObject, type JsonObject } from '@worker-host/core';
import { isWorkPool } from '../api/api-shapes.js';
import type { ApiWorkPool } from '../api/api-types.js';

export const CHANNEL_VERSION = 'work_pool_worker_channel.v1';
export const CLEANUP_CAPABILITY = 'cleanup_delivery.v1';
export const REQUIRED_CAPABILITIES = ['worker_heartbeat.v1', 'work_pool_snapshot.v1'];

/** Body of `worker.hello.v1`. */
export interface Hello {
  readonly consumer_id: string;
  readonly worker_name: string;
  readonly worker_type: string;
  readonly heartbeat_interval_seconds: number;
  readonly supported_channel_versions: readonly string[];
  readonly requested_capabilities: readonly string[];
  readonly work_queue_names: readonly string[];
  readonly handled_cleanup_kinds: readonly string[];
  readonly max_cleanup_concurrency: number;
  readonly create_pool_if_not_found: boolean;
  readonly default_base_job_template: JsonObject;
  readonly worker_metadata: JsonObject | null;
}

export interface Ready {
  readonly consumerId: string;
  readonly workerId: string | null;
  readonly heartbeatIntervalSeconds: number;
  readonly acceptedCapabilities: readonly string[];
  readonly snapshot: Snapshot;
}

export interface Snapshot {
  readonly sequence: number;
  readonly reason: string;
  readonly workPool: ApiWorkPool;
}

/** The remaining infrastructure of a run must be stopped. */
export interface CleanupMessage {
  readonly messageId: string;
  readonly kind: string;
  readonly reservationToken: string;
  /** How long the reservation is valid, from when the server sent it. */
  readonly leaseMs: number;
  readonly deliveryCount: number;
  /** Null: the message is of an unsupported kind. */
  readonly flowRunId: string | null;
  readonly infrastructurePid: string | null;
}

export interface OperationResult {
  readonly requestFrameId: string;
  readonly status: string;
  readonly leaseMs: number | null;
  readonly reason: string | null;
}

/** A frame of the server. */
export type ServerFrame =
  | { readonly type: 'ready'; readonly ready: Ready }
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly type: 'cleanup'; readonly message: CleanupMessage }
  | { readonly type: 'result'; readonly result: OperationResult };

/** The server sent an invalid frame. */
export class ChannelProtocolError extends Error {}

/** @throws ChannelProtocolError */
export function parseServerFrame(text: string): ServerFrame {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    throw new ChannelProtocolError('a frame is not JSON');
  }
  const outer = new Reader(frame, 'frame');
  const type = outer.text('type');
  const payload = outer.reader('payload');
  const sentAtMs = outer.time('sent_at');
  switch (type) {
    case 'worker.ready.v1':
      return {
        type: 'ready',
        ready: {
          consumerId: payload.text('consumer_id'),
          workerId: payload.textOrNull('worker_id'),
          heartbeatIntervalSeconds: payload.number('effective_heartbeat_interval_seconds'),
          acceptedCapabilities: payload.texts('accepted_capabilities'),
          snapshot: readSnapshot(payload.reader('initial_snapshot')),
        },
      };
    case 'work_pool.snapshot.v1':
      return { type: 'snapshot', snapshot: readSnapshot(payload) };
    case 'cleanup.message.v1': {
      const target = payload.reader('target');
      return {
        type: 'cleanup',
        message: {
          messageId: payload.text('message_id'),
          kind: payload.text('kind'),
          reservationToken: payload.text('reservation_token'),
          leaseMs: payload.time('lease_expires_at') - sentAtMs,
          deliveryCount: payload.number('delivery_count'),
          flowRunId: target.textOrNull('flow_run_id'),
          infrastructurePid: target.textOrNull('infrastructure_pid'),
        },
      };
    }
    case 'cleanup.operation_result.v1': {
      return {
        type: 'result',
        result: {
          requestFrameId: payload.text('request_frame_id'),
          status: payload.text('status'),
          leaseMs: payload.textOrNull('lease_expires_at') === null ? null : payload.time('lease_expires_at') - sentAtMs,
          reason: payload.textOrNull('reason'),
        },
      };
    }
    default:
      throw new ChannelProtocolError(`a frame is of unknown type ${type}`);
  }
}

function readSnapshot(payload: Reader): Snapshot {
  return {
    sequence: payload.number('snapshot_sequence'),
    reason: payload.text('reason'),
    workPool: payload.workPool('work_pool'),
  };
}

class Reader {
  readonly #value: JsonObject;

  constructor(
    value: unknown,
    private readonly place: string,
  ) {
    if (!isJsonObject(value)) throw new ChannelProtocolError(`${place} is not an object`);
    this.#value = value;
  }

  reader(key: string): Reader {
    return new Reader(this.#value[key], `${this.place}.${key}`);
  }

  workPool(key: string): ApiWorkPool {
    const value = this.#value[key];
    if (!isWorkPool(value)) throw new ChannelProtocolError(`${this.place}.${key} is not a work pool`);
    return value;
  }

  /** Milliseconds since the epoch. */
  time(key: string): number {
    const ms = Date.parse(this.text(key));
    if (Number.isNaN(ms)) throw new ChannelProtocolError(`${this.place}.${key} is not a time`);
    return ms;
  }

  text(key: string): string {
    const value = this.#value[key];
    if (typeof value !== 'string') throw new ChannelProtocolError(`${this.place}.${key} is not a string`);
    return value;
  }

  textOrNull(key: string): string | null {
    return this.#value[key] === null || this.#value[key] === undefined ? null : this.text(key);
  }

  number(key: string): number {
    const value = this.#value[key];
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new ChannelProtocolError(`${this.place}.${key} is not a number`);
    return value;
  }

  texts(key: string): readonly string[] {
    const value = this.#value[key];
    if (!Array.isArray(value)) throw new ChannelProtocolError(`${this.place}.${key} is not a list`);
    return value.filter((each) => typeof each === 'string');
  }
}
