import { DEFAULT_READ_OPERATIONS, type ReadOperation } from '../ecs/consistency/read-operations.js';
import type { IdSource } from '../server/id-source.js';
import { checkFault } from './check-fault.js';
import { type Fault, type FaultType, LASTING_FAULTS, type TaskMatch } from './fault.js';

/** A requested fault and its outcome. */
export interface ActiveFault {
  readonly id: string;
  readonly fault: Fault;
  /** How often it struck. */
  readonly hits: number;
  /** Remaining strikes; null: unlimited. */
  readonly left: number | null;
}

/** What a fault is matched against. */
export interface FaultTarget {
  /** Example: `ecs:RunTask`. */
  readonly operation?: string;
  /** The operation that reads the task, for faults that affect only some operations. */
  readonly read?: ReadOperation;
  readonly task?: Readonly<Record<keyof TaskMatch, string>>;
}

interface Entry {
  readonly id: string;
  readonly fault: Fault;
  readonly endsAtMs: number;
  hits: number;
  left: number;
}

type FaultOf<T extends FaultType> = Extract<Fault, { type: T }>;

/** A fault that strikes now. */
export type Strike<T extends FaultType> = FaultOf<T> & { readonly id: string };

/** The faults of a local AWS: requested by tests, applied by the services. */
export class FaultControl {
  readonly #nowMs: () => number;
  readonly #random: () => number;
  readonly #ids: IdSource;
  readonly #byType = new Map<FaultType, Entry[]>();
  readonly #listeners: ((fault: Fault) => void)[] = [];
  readonly #removalListeners: (() => void)[] = [];

  constructor(nowMs: () => number, random: () => number, ids: IdSource) {
    this.#nowMs = nowMs;
    this.#random = random;
    this.#ids = ids;
  }

  /**
   * Requests a fault. It strikes the next calls or tasks that match; the kinds that end running tasks also strike tasks
   * that already run. Throws LocalAwsFaultInvalidError.
   */
  add(fault: Fault): ActiveFault {
    const checked = checkFault(fault);
    const times = checked.times ?? (LASTING_FAULTS.has(checked.type) ? 'always' : 1);
    const entry: Entry = {
      id: this.#ids.uuid(),
      fault: checked,
      endsAtMs: checked.forMs === undefined ? Number.POSITIVE_INFINITY : this.#nowMs() + checked.forMs,
      hits: 0,
      left: times === 'always' ? Number.POSITIVE_INFINITY : times,
    };
    const entries = this.#byType.get(checked.type);
    if (entries === undefined) this.#byType.set(checked.type, [entry]);
    else entries.push(entry);
    for (const listener of this.#listeners) listener(checked);
    return describe(entry);
  }

  /** All faults that can still strike, and exhausted ones, until they are cleared. */
  list(): ActiveFault[] {
    return [...this.#byType.values()].flat().map(describe);
  }

  /** Removes one fault. Returns whether it existed. */
  remove(id: string): boolean {
    for (const [type, entries] of this.#byType) {
      const rest = entries.filter((entry) => entry.id !== id);
      if (rest.length === entries.length) continue;
      this.#byType.set(type, rest);
      this.#removed();
      return true;
    }
    return false;
  }

  /** Removes all faults. */
  clear(): void {
    this.#byType.clear();
    this.#removed();
  }

  /** @internal Counts a strike of the first fault of this type that matches; null if none does. */
  take<T extends FaultType>(type: T, target: FaultTarget): Strike<T> | null {
    for (const entry of this.#byType.get(type) ?? []) if (this.#strikes(entry, target)) return strikeOf<T>(entry);
    return null;
  }

  /** @internal Counts a strike of every fault of this type that matches. */
  takeAll<T extends FaultType>(type: T, target: FaultTarget): Strike<T>[] {
    return (this.#byType.get(type) ?? []).flatMap((entry) =>
      this.#strikes(entry, target) ? [strikeOf<T>(entry)] : [],
    );
  }

  /** @internal Returns whether any fault of this type exists. */
  has(type: FaultType): boolean {
    return (this.#byType.get(type)?.length ?? 0) > 0;
  }

  /** @internal Returns whether a fault that has struck still exists. */
  isActive(id: string): boolean {
    return this.#nowMs() < this.endsAtMs(id);
  }

  /** @internal Returns when a fault ends by itself: Infinity for never, -Infinity if it was removed. */
  endsAtMs(id: string): number {
    const entry = [...this.#byType.values()].flat().find((one) => one.id === id);
    return entry?.endsAtMs ?? Number.NEGATIVE_INFINITY;
  }

  /** @internal Calls the listener whenever faults were removed. */
  onRemoved(listener: () => void): void {
    this.#removalListeners.push(listener);
  }

  /** @internal Calls the listener for every fault that is added later. */
  onAdded(listener: (fault: Fault) => void): void {
    this.#listeners.push(listener);
  }

  #removed(): void {
    for (const listener of this.#removalListeners) listener();
  }

  /** Returns whether a fault strikes now, and counts the strike. */
  #strikes(entry: Entry, target: FaultTarget): boolean {
    if (entry.left <= 0 || !matches(entry.fault, target)) return false;
    if (this.#nowMs() >= entry.endsAtMs) return false;
    if (entry.fault.probability !== undefined && this.#random() >= entry.fault.probability) return false;
    entry.left -= 1;
    entry.hits += 1;
    return true;
  }
}

function strikeOf<T extends FaultType>(entry: Entry): Strike<T> {
  return { ...(entry.fault as FaultOf<T>), id: entry.id };
}

function describe(entry: Entry): ActiveFault {
  return { id: entry.id, fault: entry.fault, hits: entry.hits, left: Number.isFinite(entry.left) ? entry.left : null };
}

function matches(fault: Fault, target: FaultTarget): boolean {
  if ('operation' in fault && fault.operation !== undefined) return matchesOperation(fault.operation, target.operation);
  if (target.read !== undefined && !readsOf(fault).includes(target.read)) return false;
  if (!('match' in fault) || fault.match === undefined) return true;
  const { task } = target;
  if (task === undefined) return false;
  return Object.entries(fault.match).every(
    ([name, pattern]) => pattern === undefined || matchesText(pattern, task[name as keyof TaskMatch]),
  );
}

/** Returns the read operations that a fault affects. */
function readsOf(fault: Fault): readonly ReadOperation[] {
  return ('operations' in fault ? fault.operations : undefined) ?? DEFAULT_READ_OPERATIONS;
}

function matchesOperation(pattern: string, operation = ''): boolean {
  if (pattern === '*' || pattern === operation) return true;
  const [service, name] = operation.split(':');
  return pattern === name || pattern === `${service}:*`;
}

function matchesText(pattern: string, text: string): boolean {
  if (!pattern.includes('*')) return pattern === text;
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}
