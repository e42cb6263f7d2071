import type { JsonObject, JsonValue } from '@worker-host/core';
import type { ObservedLogLine, ObservedStateProposal } from '@worker-host/ecs';
import type { Expectation, ExpectedCall } from '../case-types.js';
import type { WorldCall } from '../world/fake-world.js';
import { missingMentions } from './about.js';
import { type Difference, differences } from './difference.js';
import type { Divergence } from './divergence.js';
import { distinct } from './normalise.js';

/** Actions of an observer. */
export interface Observation {
  readonly events: readonly JsonObject[];
  readonly proposals: readonly ObservedStateProposal[];
  readonly logLines: readonly ObservedLogLine[];
  readonly acknowledged: readonly boolean[];
  readonly calls: readonly WorldCall[];
}

const COMPARED_CALLS = ['DeregisterTaskDefinition', 'GetLogEvents'];

/** Returns where the actions of an observer differ from the expected ones. */
export function compareObservation(
  expected: Expectation,
  got: Observation,
  divergences: ReadonlySet<Divergence>,
): readonly Difference[] {
  return [
    ...compareEvents(expected.events ?? [], got.events, divergences),
    ...compareProposals(expected.proposedStates ?? [], got.proposals, divergences),
    ...compareLogLines(expected.runLogs ?? [], got.logLines),
    ...differences(calls(expected.calls ?? []), calls(got.calls), 'calls'),
    ...compareAcknowledged(expected.acknowledged ?? [], got.acknowledged, divergences),
  ];
}

function compareEvents(
  expected: readonly JsonObject[],
  got: readonly JsonObject[],
  divergences: ReadonlySet<Divergence>,
): Difference[] {
  const mayOmitFollows = divergences.has('ours-may-omit-follows');
  const left = [...expected];
  const extra: JsonObject[] = [];
  for (const event of got) {
    const at = left.findIndex((one) => isSameEvent(one, event, mayOmitFollows));
    if (at < 0) extra.push(event);
    else left.splice(at, 1);
  }
  if (left.length === 1 && extra.length === 1) {
    const [one = {}] = left;
    const [other = {}] = extra;
    return differences(shownLike(one, one, mayOmitFollows), shownLike(one, other, mayOmitFollows), 'events');
  }
  return [
    ...left.map((event) => ({ path: 'events', expected: event, got: undefined })),
    ...(divergences.has('ours-may-emit') ? [] : extra).map((event) => ({
      path: 'events',
      expected: undefined,
      got: event,
    })),
  ];
}

function isSameEvent(expected: JsonObject, got: JsonObject, mayOmitFollows: boolean): boolean {
  const left = shownLike(expected, expected, mayOmitFollows);
  return differences(left, shownLike(expected, got, mayOmitFollows)).length === 0;
}

/** Returns the members of an event that the expected one has; a time that may be any is equal to all. */
function shownLike(expected: JsonObject, event: JsonObject, mayOmitFollows: boolean): JsonObject {
  const keys = Object.keys(expected).filter((key) => !(mayOmitFollows && key === 'follows'));
  return Object.fromEntries(
    keys.map((key): [string, JsonValue] => {
      if (key === 'occurred' && expected.occurred === '<now>') return [key, '<now>'];
      return [key, event[key] ?? null];
    }),
  );
}

function compareProposals(
  expected: readonly JsonObject[],
  got: readonly ObservedStateProposal[],
  divergences: ReadonlySet<Divergence>,
): Difference[] {
  if (divergences.has('ours-may-leave-cancelling') && got.length === 0) return [];
  const own = divergences.has('ours-may-crash') ? got.slice(0, Math.max(expected.length, 0)) : got;
  const bare = own.map(({ flowRunId, type, name }) => ({ flowRunId, type, name }));
  const wanted = expected.map(({ about: _about, ...rest }) => rest);
  const mentions = expected.flatMap(({ about }, index) =>
    missingMentions(own[index]?.message ?? '', wordsOf(about), `proposedStates[${index}].about`),
  );
  const found = differences(wanted, bare, 'proposedStates');
  return found.length > 0 ? found : mentions;
}

function compareLogLines(expected: readonly JsonObject[], got: readonly ObservedLogLine[]): Difference[] {
  const ofSource = (source: string) => expected.filter((line) => line.source === source);
  const ownOf = (source: string) => got.filter((line) => line.source === source);
  const diagnoses = ofSource('diagnosis');
  const own = ownOf('diagnosis');
  return [
    ...differences(
      diagnoses.map(({ kind = null, level = null }) => ({ kind, level })),
      own.map(({ kind, level }) => ({ kind, level })),
      'runLogs.diagnosis',
    ),
    ...diagnoses.flatMap(({ about }, index) =>
      missingMentions(own[index]?.message ?? '', wordsOf(about), `runLogs.diagnosis[${index}].about`),
    ),
    ...differences(
      ofSource('container').map(({ message = null }) => message),
      ownOf('container').map(({ message }) => message),
      'runLogs.container',
    ),
  ];
}

function compareAcknowledged(
  expected: readonly boolean[],
  got: readonly boolean[],
  divergences: ReadonlySet<Divergence>,
): Difference[] {
  /** A message kept because its event could not be created is acknowledged where the event is sent. */
  const mayAck = divergences.has('ours-may-ack') || divergences.has('ours-may-emit');
  return differences([...expected], [...got], 'acknowledged').filter(({ expected: wanted, got: own }) => {
    if (wanted === true && own === false) return !divergences.has('ours-may-retry');
    if (wanted === false && own === true) return !mayAck;
    return true;
  });
}

function calls(list: readonly (ExpectedCall | WorldCall)[]): JsonValue[] {
  const found = list
    .filter(({ operation }) => COMPARED_CALLS.includes(operation))
    .map(({ operation, params }) => ({ operation, params: withoutDefaults(params) }));
  return distinct(found).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** `startFromHead: false` is AWS's default. */
function withoutDefaults({ startFromHead, ...rest }: JsonObject): JsonObject {
  return startFromHead ? { ...rest, startFromHead } : rest;
}

function wordsOf(about: JsonValue | undefined): readonly string[] {
  return Array.isArray(about) ? about.map(String) : [];
}
