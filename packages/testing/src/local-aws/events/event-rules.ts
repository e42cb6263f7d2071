import type { Queue } from '../sqs/queue.js';

/** A rule of the default event bus. */
export interface EventRule {
  readonly name: string;
  readonly arn: string;
  readonly pattern: string;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly description: string;
  /** ARN of the target by its id. */
  readonly targets: Map<string, string>;
}

/** The rules of an account in a region. */
export class EventRules {
  readonly all = new Map<string, EventRule>();

  /** @param queueOf returns the queue of an ARN; null: it does not exist, or is not a queue. */
  constructor(private readonly queueOf: (arn: string) => Queue | null) {}

  /** Returns the queues that an event is sent to. */
  targetsOf(event: unknown): readonly Queue[] {
    return [...this.all.values()]
      .filter(({ state, pattern }) => state === 'ENABLED' && matchesPattern(JSON.parse(pattern), event))
      .flatMap(({ targets }) => [...targets.values()])
      .flatMap((arn) => this.queueOf(arn) ?? []);
  }
}

/** Returns whether an event matches a pattern: lists of values, `prefix`, `anything-but` and `exists`. */
function matchesPattern(pattern: unknown, event: unknown): boolean {
  if (typeof pattern !== 'object' || pattern === null) return false;
  if (Array.isArray(pattern)) return pattern.some((wanted: unknown) => matchesValue(wanted, event));
  return Object.entries(pattern).every(([name, wanted]) =>
    matchesPattern(wanted, (event as Readonly<Record<string, unknown>> | null | undefined)?.[name]),
  );
}

function matchesValue(wanted: unknown, value: unknown): boolean {
  if (Array.isArray(value)) return value.some((each: unknown) => matchesValue(wanted, each));
  if (typeof wanted !== 'object' || wanted === null) return wanted === value;
  const { prefix, exists, 'anything-but': but } = wanted as Readonly<Record<string, unknown>>;
  if (typeof prefix === 'string') return typeof value === 'string' && value.startsWith(prefix);
  if (typeof exists === 'boolean') return exists === (value !== undefined);
  if (but !== undefined) return value !== undefined && !(Array.isArray(but) ? but : [but]).includes(value);
  return false;
}
