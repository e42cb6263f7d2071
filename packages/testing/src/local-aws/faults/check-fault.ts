import { isReadOperation, READ_OPERATIONS } from '../ecs/consistency/read-operations.js';
import type { Fault, FaultType, TaskMatch } from './fault.js';
import { LocalAwsFaultInvalidError } from './fault-errors.js';

type Kind = 'text' | 'number' | 'times' | 'match' | 'reads' | readonly string[];
interface Members {
  readonly required?: Readonly<Record<string, Kind>>;
  readonly optional: Readonly<Record<string, Kind>>;
}

const COMMON: Readonly<Record<string, Kind>> = { times: 'times', probability: 'number', forMs: 'number' };
const CALLS = { ...COMMON, operation: 'text' } as const;
const TASKS = { ...COMMON, match: 'match' } as const;
const READS = { ...TASKS, operations: 'reads' } as const;

const MEMBERS: Readonly<Record<FaultType, Members>> = {
  throttle: { optional: CALLS },
  error: { required: { code: 'text' }, optional: { ...CALLS, message: 'text', status: 'number' } },
  'lost-answer': {
    optional: { ...CALLS, when: ['before', 'after'], how: ['reset', '500', '503', 'delay'], delayMs: 'number' },
  },
  latency: { required: { ms: 'number' }, optional: CALLS },
  capacity: { optional: { ...TASKS, reason: 'text' } },
  'capacity-wait': { optional: { ...TASKS, room: 'number', waitMs: 'number', reason: 'text' } },
  'inactive-grace': { optional: { ...TASKS, graceMs: 'number' } },
  'image-pull-failure': { optional: { ...TASKS, reason: 'text' } },
  'start-failure': {
    required: { stoppedReason: 'text' },
    optional: { ...TASKS, containerReason: 'text', stopCode: 'text' },
  },
  'out-of-memory': { optional: { ...TASKS, afterMs: 'number' } },
  'spot-interruption': { optional: { ...TASKS, afterMs: 'number' } },
  'task-stop': { required: { stopCode: 'text', stoppedReason: 'text' }, optional: { ...TASKS, afterMs: 'number' } },
  'slow-reads': { required: { visibleAfterMs: 'number' }, optional: READS },
  'stale-reads': { required: { staleMs: 'number' }, optional: READS },
  'missing-reads': { optional: READS },
  'late-logs': { required: { delayMs: 'number' }, optional: COMMON },
  'event-duplicate': { optional: TASKS },
  'event-drop': { optional: TASKS },
  'event-reorder': { optional: { ...TASKS, holdMs: 'number' } },
};

const MATCH_MEMBERS: readonly (keyof TaskMatch)[] = [
  'taskArn',
  'cluster',
  'family',
  'startedBy',
  'group',
  'launchType',
  'capacityProvider',
];

/** Checks an external fault. Throws {@link LocalAwsFaultInvalidError} with all its problems. */
export function checkFault(value: unknown): Fault {
  if (typeof value !== 'object' || value === null) throw new LocalAwsFaultInvalidError(['it is no object']);
  const fault = value as Record<string, unknown>;
  const members = typeof fault.type === 'string' ? MEMBERS[fault.type as FaultType] : undefined;
  if (members === undefined) {
    throw new LocalAwsFaultInvalidError([
      `type is ${JSON.stringify(fault.type)}, known are ${Object.keys(MEMBERS).join(', ')}`,
    ]);
  }
  const known: Readonly<Record<string, Kind>> = { ...members.required, ...members.optional };
  const problems: string[] = [];
  for (const name of Object.keys(members.required ?? {})) {
    if (fault[name] === undefined) problems.push(`${name} is missing`);
  }
  for (const [name, member] of Object.entries(fault)) {
    if (name === 'type' || member === undefined) continue;
    const kind = known[name];
    const problem = kind === undefined ? 'is not known' : problemOf(member, kind);
    if (problem !== null) problems.push(`${name} ${problem}`);
  }
  if (problems.length > 0) throw new LocalAwsFaultInvalidError(problems);
  return value as Fault;
}

function problemOf(value: unknown, kind: Kind): string | null {
  if (kind === 'text') return typeof value === 'string' ? null : 'must be a text';
  if (kind === 'number') return isCount(value) ? null : 'must be a number of at least 0';
  if (kind === 'reads') {
    const isList = Array.isArray(value) && value.length > 0 && value.every(isReadOperation);
    return isList ? null : `must be a list of ${READ_OPERATIONS.join(', ')}`;
  }
  if (kind === 'times') return value === 'always' || isCount(value) ? null : "must be a number or 'always'";
  if (kind !== 'match') return kind.includes(String(value)) ? null : `must be one of ${kind.join(', ')}`;
  if (typeof value !== 'object' || value === null) return 'must be an object';
  const unknown = Object.keys(value).filter((name) => !MATCH_MEMBERS.includes(name as keyof TaskMatch));
  return unknown.length === 0 ? null : `has unknown members ${unknown.join(', ')}`;
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
