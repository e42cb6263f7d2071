import type { Clock } from '@worker-host/core';
import { awsErrorFacts } from '../../aws/errors/aws-error-facts.js';
import type { FilteredLogEvent, LogsApi } from '../../aws/logs-api.js';
import type { LogLocation } from './log-location.js';
import type { OutputLine, StreamCursor } from './stream-cursor.js';

/** Maximum number of streams per FilterLogEvents call. */
const MOST_STREAMS = 100;
const MOST_PAGES = 200;
/** Reads requested within this time are combined. */
const GATHER_MS = 200;
const FIRST_AGE_MS = 5_000;
const AGE_FACTOR = 4;

/** A stream to read. */
interface Order {
  readonly stream: string;
  readonly cursor: StreamCursor;
  resolve(lines: readonly OutputLine[]): void;
  reject(error: unknown): void;
}

/** Reads of one log group. */
interface Group {
  readonly logs: LogsApi;
  readonly name: string;
  orders: Order[];
}

/** Reads many streams of a log group with one call, so that the API rate does not limit the number of runs. */
export class OutputBatches {
  readonly #groups = new Map<LogsApi, Map<string, Group>>();

  constructor(private readonly clock: Clock) {}

  /** Resolves with the lines since the last read. A missing group or stream is normal and has no lines. */
  read(logs: LogsApi, { group, stream }: LogLocation, cursor: StreamCursor): Promise<readonly OutputLine[]> {
    return new Promise((resolve, reject) => {
      const order: Order = { stream, cursor, resolve, reject };
      const groups = this.#groups.get(logs) ?? new Map<string, Group>();
      this.#groups.set(logs, groups);
      const known = groups.get(group);
      if (known) {
        known.orders.push(order);
        return;
      }
      const made: Group = { logs, name: group, orders: [order] };
      groups.set(group, made);
      void this.#serve(made);
    });
  }

  /** Processes requests until there are none; those that arrive meanwhile join the next calls. */
  async #serve(group: Group): Promise<void> {
    while (group.orders.length > 0) {
      await this.clock.sleep(GATHER_MS);
      const orders = group.orders.splice(0);
      await Promise.all(batchesOf(orders, this.clock.nowMs()).map((batch) => this.#read(group, batch)));
    }
    const groups = this.#groups.get(group.logs);
    groups?.delete(group.name);
    if (groups?.size === 0) this.#groups.delete(group.logs);
  }

  /** One missing stream fails the call for all: the batch is halved until the stream is alone. */
  async #read(group: Group, batch: readonly Order[]): Promise<void> {
    try {
      const byStream = await this.#events(group, batch);
      for (const { stream, cursor, resolve } of batch) resolve(cursor.take(byStream.get(stream) ?? []));
    } catch (error) {
      const { name, message } = awsErrorFacts(error);
      if (name !== 'ResourceNotFoundException') {
        for (const { reject } of batch) reject(error);
        return;
      }
      if (batch.length === 1 || message.includes('log group')) {
        for (const { resolve } of batch) resolve([]);
        return;
      }
      const middle = Math.ceil(batch.length / 2);
      await Promise.all([this.#read(group, batch.slice(0, middle)), this.#read(group, batch.slice(middle))]);
    }
  }

  /** Reads all pages, because lines of one stream can be on any of them. */
  async #events(
    { logs, name }: Group,
    batch: readonly Order[],
  ): Promise<ReadonlyMap<string, readonly FilteredLogEvent[]>> {
    const byStream = new Map<string, FilteredLogEvent[]>();
    const startTime = Math.min(...batch.map(({ cursor }) => cursor.fromMs));
    const input = {
      logGroupName: name,
      logStreamNames: [...new Set(batch.map(({ stream }) => stream))],
      ...(startTime > 0 ? { startTime } : {}),
    };
    let nextToken: string | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const position: { readonly nextToken?: string } = nextToken === null ? {} : { nextToken };
      const answer = await logs.filterLogEvents({ ...input, ...position });
      for (const event of answer.events) {
        const events = byStream.get(event.logStreamName ?? '') ?? [];
        events.push(event);
        byStream.set(event.logStreamName ?? '', events);
      }
      nextToken = answer.nextToken;
      if (nextToken === null) break;
    }
    return byStream;
  }
}

/**
 * Groups streams by how far they were read: a call reads all its streams from the oldest position. Streams that were
 * never read are separate.
 */
function batchesOf(orders: readonly Order[], nowMs: number): readonly (readonly Order[])[] {
  const byAge = new Map<number, Order[]>();
  for (const order of orders) {
    const age = ageClass(order.cursor.fromMs, nowMs);
    byAge.set(age, [...(byAge.get(age) ?? []), order]);
  }
  return [...byAge.values()].flatMap((ofAge) =>
    Array.from({ length: Math.ceil(ofAge.length / MOST_STREAMS) }, (_, index) =>
      ofAge.slice(index * MOST_STREAMS, (index + 1) * MOST_STREAMS),
    ),
  );
}

function ageClass(fromMs: number, nowMs: number): number {
  if (fromMs === 0) return -1;
  return Math.max(0, Math.ceil(Math.log(Math.max(1, nowMs - fromMs) / FIRST_AGE_MS) / Math.log(AGE_FACTOR)));
}
