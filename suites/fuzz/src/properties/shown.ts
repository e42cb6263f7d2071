import { SecretRegistry } from '@worker-host/core';
import fc from 'fast-check';
import { text } from '../inputs.js';
import { must, outcomeOf, property, SECRET } from '../property.js';

const FORMS: readonly ((secret: string) => string)[] = [
  (secret) => secret,
  (secret) => JSON.stringify(secret),
  (secret) => JSON.stringify(JSON.stringify({ a: secret })),
  (secret) => encodeURIComponent(secret),
  (secret) => Buffer.from(secret).toString('base64'),
  (secret) => Buffer.from(`user:${secret}`).toString('base64'),
  (secret) => Buffer.from(secret).toString('hex'),
  (secret) => `'${secret.replaceAll("'", "'\\''")}'`,
];

const noise = fc.oneof(
  text,
  fc
    .tuple(fc.constantFrom('.', '…', '...', 'sK9-', SECRET.slice(0, 10), '\n', '%', '='), fc.nat(3000))
    .map(([each, times]) => each.repeat(times)),
);

export const shown = [
  property({
    name: 'redaction',
    weight: 8,
    inputs: fc.record({
      secrets: fc.array(fc.string({ minLength: 12, maxLength: 40 }), { maxLength: 5 }),
      before: noise,
      after: noise,
      form: fc.nat(FORMS.length - 1),
    }),
    async check({ secrets, before, after, form }) {
      const registry = new SecretRegistry();
      registry.addAll([SECRET, ...secrets]);
      const written = (FORMS[form] ?? String)(SECRET);
      const redacted = await outcomeOf(() => registry.redact(`${before}${written}${after}`));
      must('value' in redacted, 'a text is redacted without an error');
      must(!redacted.value.includes(SECRET), 'a secret is hidden as it is');
      must(!redacted.value.includes(written.slice(1, -1)), `a secret is hidden in form ${form}`);
    },
  }),
];
