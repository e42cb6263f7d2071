import type { Clock, Logger } from '@worker-host/core';
import type { RestClient } from '../rest/rest-client.js';
import { PrefectRecordUnreadableError } from '../rest/rest-errors.js';
import type { ApiFlowRun } from './api-types.js';
import { isServerFault } from './poisoned-runs.js';
import { RECORD_KINDS, type RecordKind } from './record-kinds.js';

interface Unreadable {
  readonly kind: RecordKind;
  readonly id: string;
  /** Monotonic milliseconds. */
  readonly checkAtMs: number;
}

export interface UnreadableRecordsDependencies {
  readonly rest: RestClient;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly logger: Logger;
}

/** A record may be repaired: it is read again at this interval. */
const CHECK_MS = 60_000;
const TRIES = 2;
const MOST_HELD = 10_000;

/**
 * Reads the records that runs are launched from, and remembers those that the server cannot read: it responds with 500, for
 * example to a deployment with a schedule in a time zone that it no longer knows, or to a block whose secrets were encrypted
 * with another key. Each is reported once, and its runs are skipped.
 */
export class UnreadableRecords {
  readonly #known = new Map<string, Unreadable>();
  /** Runs that were claimed but could not be rendered. */
  readonly #held = new Set<string>();

  constructor(private readonly parts: UnreadableRecordsDependencies) {}

  /** One line per record, for people. */
  get lines(): readonly string[] {
    return [...this.#known.values()].map(
      ({ kind, id }) => `Prefect responds with 500 when ${kind} ${id} is read; ${RECORD_KINDS[kind].runs} are skipped`,
    );
  }

  /**
   * Skips the run until one of the currently unreadable records can be read: what a run refers to is known only after
   * rendering.
   */
  hold(flowRunId: string): void {
    if (this.#held.size >= MOST_HELD) this.#held.clear();
    this.#held.add(flowRunId);
  }

  /** Returns whether a run cannot be launched because of an unreadable record. */
  concerns({ id, deployment_id, flow_id }: Pick<ApiFlowRun, 'id' | 'deployment_id' | 'flow_id'>): boolean {
    if (this.#known.size === 0) return false;
    return this.#held.has(id) || this.#known.has(`deployment ${deployment_id}`) || this.#known.has(`flow ${flow_id}`);
  }

  /**
   * Returns the record. Null: the server knows no such record.
   *
   * @param id see `RecordReading.path`
   * @throws PrefectRecordUnreadableError if the server works and cannot read this record
   */
  async read(kind: RecordKind, id: string, signal?: AbortSignal): Promise<unknown> {
    for (let tries = 1; ; tries += 1) {
      try {
        const record = await this.#once(kind, id, signal);
        this.#forget(kind, id);
        return record;
      } catch (error) {
        if (!isServerFault(error) || !(await this.#isServerWell(kind, id, signal))) throw error;
        if (tries === TRIES) {
          this.#note(kind, id);
          throw new PrefectRecordUnreadableError(kind, id);
        }
      }
    }
  }

  /** Reads known unreadable records again that are due. */
  async check(signal?: AbortSignal): Promise<void> {
    const nowMs = this.parts.clock.monotonicMs();
    for (const { kind, id, checkAtMs } of [...this.#known.values()]) {
      if (checkAtMs > nowMs) continue;
      await this.read(kind, id, signal).catch(() => signal?.throwIfAborted());
    }
  }

  #once(kind: RecordKind, id: string, signal?: AbortSignal): Promise<unknown> {
    const { path, accepts } = RECORD_KINDS[kind];
    const call = { path: path(id), what: `Reading the ${kind}`, signal, isFaultHandled: true, accepts: accepts(id) };
    return this.parts.rest.callOrNull(call);
  }

  /** Checks that the server works: it can report that a record does not exist. */
  async #isServerWell(kind: RecordKind, id: string, signal?: AbortSignal): Promise<boolean> {
    try {
      await this.#once(kind, RECORD_KINDS[kind].absent(id), signal);
      return true;
    } catch (error) {
      if (isServerFault(error)) return false;
      throw error;
    }
  }

  #note(kind: RecordKind, id: string): void {
    const key = `${kind} ${id}`;
    const isNew = !this.#known.has(key);
    this.#known.set(key, { kind, id, checkAtMs: this.parts.clock.monotonicMs() + CHECK_MS });
    if (!isNew) return;
    const { field, runs } = RECORD_KINDS[kind];
    this.parts.logger.warn(
      `The server responds with 500 when this ${kind} is read; ${runs} are skipped. Repair or delete the ${kind}`,
      { [field]: id },
    );
  }

  #forget(kind: RecordKind, id: string): void {
    if (!this.#known.delete(`${kind} ${id}`)) return;
    this.#held.clear();
    const { field, runs } = RECORD_KINDS[kind];
    this.parts.logger.info(`The server can read the ${kind} again, or no longer has it; ${runs} are served`, {
      [field]: id,
    });
  }
}
