import type { JsonObject, JsonValue } from '@worker-host/core';
import fc from 'fast-check';
import { SECRET } from './property.js';

const LONG = 60_000;

/** Texts that have broken programs before. */
const ODD_TEXTS: readonly string[] = [
  '',
  ' ',
  '\0',
  '\ufeff',
  '\ud800',
  'null',
  'true',
  '-1',
  '1e999',
  '0x10',
  'NaN',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '<script>alert(1)</script>',
  '"; DROP TABLE flow_runs; --',
  "' OR 1=1",
  '../../../etc/passwd',
  '%00%zz',
  '$PATH',
  '{{ a }}',
  '{{ a.b[0] }}',
  '{{ $HOME }}',
  '{{ prefect.variables.a }}',
  '{{ prefect.blocks.t.n }}',
  '{{ constructor.name }}',
  '{{ a.__proto__.x }}',
  '{{{{ a }}}}',
  'arn:aws:ecs:us-east-1:123456789012:task/c/0123456789abcdef0123456789abcdef',
  '2026-01-01T00:00:00Z',
  '9999999999-01-01T00:00:00Z',
  SECRET,
];

/** The same, at lengths that show what is not linear. */
const LONG_TEXTS: readonly string[] = [
  'a'.repeat(LONG),
  '1'.repeat(LONG),
  `${'1'.repeat(LONG)}x`,
  ' '.repeat(LONG),
  '.'.repeat(LONG),
  '{{'.repeat(LONG / 2),
  '{{ a }}'.repeat(LONG / 7),
  '['.repeat(LONG),
  '{"a":'.repeat(LONG / 5),
  '\\'.repeat(LONG),
  '%41'.repeat(LONG / 3),
  'a.'.repeat(LONG / 2),
  '-'.repeat(LONG),
  '\u{1f600}'.repeat(LONG / 2),
];

export const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...ODD_TEXTS) },
  { weight: 8, arbitrary: fc.string({ maxLength: 30 }) },
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }) },
  { weight: 1, arbitrary: fc.constantFrom(...LONG_TEXTS) },
);

/** Text without a secret. */
export const publicText = text.map((each) => each.replaceAll(SECRET, 'public'));

/** Any JSON value, as `JSON.parse` gives it: a member `__proto__` is an own one. */
export const json: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, true, false, 0, -1, 1.5, 1e21, Number.MAX_SAFE_INTEGER, [], {}),
    text,
    fc.integer(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(text, tie('value')), { maxLength: 4 }).map(ownMembers),
  ),
})).value;

export const jsonObject: fc.Arbitrary<JsonObject> = fc
  .array(fc.tuple(text, json), { maxLength: 5 })
  .map((members) => ownMembers(members));

export function ownMembers(members: readonly (readonly [string, JsonValue])[]): JsonObject {
  const object = {};
  for (const [key, value] of members)
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  return object;
}

interface Change {
  /** Which of the value's places, counted round. */
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'double' | 'rename';
  readonly by: JsonValue;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(200),
  how: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'double', 'rename'),
  by: json,
});

/** A good value with a few of its members replaced, removed, doubled or renamed. */
export function changed(samples: readonly JsonValue[], most = 4): fc.Arbitrary<JsonValue> {
  return fc
    .tuple(fc.constantFrom(...samples), fc.array(change, { maxLength: most }))
    .map(([sample, changes]) => changes.reduce(apply, sample));
}

/** A text that is JSON of a changed good value; sometimes cut, or none at all. */
export function changedText(samples: readonly JsonValue[]): fc.Arbitrary<string> {
  // What comes from elsewhere knows none of this worker's secrets.
  const whole = changed(samples).map((value) => JSON.stringify(value).replaceAll(SECRET, 'public'));
  return fc.oneof(
    { weight: 8, arbitrary: whole },
    { weight: 1, arbitrary: fc.tuple(whole, fc.nat(400)).map(([each, length]) => each.slice(0, length)) },
    { weight: 1, arbitrary: publicText },
    {
      weight: 1,
      arbitrary: fc.constantFrom('<html><body>502 Bad Gateway</body></html>', '[]', '{}', 'null', '"x"', '7'),
    },
  );
}

/** JSON that takes long to parse: nested deeply, or of very many values. */
export const hugeJson: fc.Arbitrary<string> = fc.constantFrom(
  `${'['.repeat(500_000)}${']'.repeat(500_000)}`,
  `{"tasks":[${'{},'.repeat(600_000)}{}],"failures":[1.0]}`,
);

function apply(value: JsonValue, { at, how, by }: Change): JsonValue {
  const copy = { root: structuredClone(value) as unknown };
  const places: { readonly holder: Record<string, unknown>; readonly key: string }[] = [];
  const collect = (holder: Record<string, unknown>): void => {
    for (const key of Object.keys(holder)) {
      if (places.length > 500) return;
      places.push({ holder, key });
      const member = holder[key];
      if (typeof member === 'object' && member !== null) collect(member as Record<string, unknown>);
    }
  };
  collect(copy);
  const place = places[at % places.length];
  if (place === undefined) return value;
  const { holder, key } = place;
  if (how === 'replace') holder[key] = by;
  else if (how === 'remove') delete holder[key];
  else if (how === 'double' && Array.isArray(holder)) holder.push(holder[Number(key)]);
  else holder[`${key}x`] = holder[key];
  return (copy.root ?? null) as JsonValue;
}
