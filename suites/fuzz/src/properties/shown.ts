import { SecretRegistry } from '@worker-host/core';
import fc from 'fast-check';
import { text } from '../inputs.js';
import { statusPages } from '../internals.js';
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
  property({
    name: 'status-pages',
    weight: 4,
    inputs: fc.record({ name: text, problem: text, pid: text }),
    async check({ name, problem, pid }) {
      const page = await outcomeOf(() =>
        statusPages.statusPage(
          {
            workerName: name,
            workerType: name,
            workPoolName: name,
            controlPlane: problem,
            phase: 'working',
            startedAtMs: 0,
            lastPollMs: null,
            lastHeartbeatMs: null,
            querySeconds: 1,
            isPoolPaused: false,
            slots: { taken: 0, limit: null },
            runs: [
              {
                flowRunId: pid,
                name,
                phase: 'running',
                sinceMs: 0,
                infrastructurePid: pid,
                isCancelling: false,
                relaunches: 0,
                progress: null,
                failures: 0,
              },
            ],
            runsEnded: 0,
            stuckLoops: [],
            workerProblems: [],
            passedOver: [problem],
            pluginFaults: [problem],
            problems: [problem],
          },
          0,
        ),
      );
      must('value' in page, 'a page is made without an error');
      const tags = page.value.match(/<[^>]*>/g) ?? [];
      must(
        tags.every((tag) =>
          /^<\/?(!doctype|html|head|meta|title|style|body|h1|h2|section|ul|li|dl|dt|dd|p|table|thead|tbody|tr|th|td)\b/.test(
            tag,
          ),
        ),
        'nothing that is shown becomes a tag',
      );
    },
  }),
];
