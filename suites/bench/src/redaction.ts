import { createHash } from 'node:crypto';
import { SecretRegistry } from '@worker-host/core';
import { type Benchmark, type Figure, medianOf } from './benchmark.js';

const MANY = 50_000;
const SOME = 5000;
const LINES = 2000;
const LONG = 1_000_000;
const LONG_RUNS = 9;

const LINE =
  '2026-05-04T12:00:00.123Z INFO Launched arn:aws:ecs:eu-west-1:123456789012:task/main/0123456789abcdef0123456789abcdef ' +
  'for run happy-otter {"cpu":256,"memory":"512"} in /srv/jobs/happy-otter, log group /ecs/prefect';

/** How long redaction takes: a line with very many known secrets, and long texts designed to be slow. */
export const redaction: Benchmark = {
  name: 'redaction',
  async measure() {
    return [...linesWithMany(), ...longTexts()];
  },
};

function linesWithMany(): readonly Figure[] {
  const secrets = knowing(MANY);
  const run = secrets.scope();
  const lineMs = medianMs(LINES, () => secrets.redact(LINE));
  const secretMs = medianMs(LINES, (turn) => secrets.redact(`${LINE} ${secretOf(turn)}`));
  const changeMs = medianMs(LINES, (turn) => {
    run.add(`another-${turn}-${secretOf(turn)}`);
    secrets.redact(LINE);
  });
  const forgetMs = medianMs(1, () => run.dispose()) / LINES;
  return [
    { name: `a line of ${LINE.length} characters, ${MANY} secrets, median`, value: lineMs, unit: 'ms', limit: 0.1 },
    { name: 'the same with a secret in it', value: secretMs, unit: 'ms', limit: 0.1 },
    { name: 'the same after a secret was added', value: changeMs, unit: 'ms', limit: 0.2 },
    { name: 'forgetting a secret with its scope', value: forgetMs, unit: 'ms', limit: 0.1 },
  ];
}

function longTexts(): readonly Figure[] {
  const secrets = knowing(SOME);
  const beginnings = Array.from({ length: LONG / 30 }, (_, turn) => secretOf(turn % SOME).slice(0, 30));
  const texts: Readonly<Record<string, string>> = {
    dots: '.'.repeat(LONG),
    "one secret's beginning, over and over": secretOf(1)
      .slice(0, 30)
      .repeat(LONG / 30),
    "all secrets' beginnings": beginnings.join(''),
    'log lines': `${LINE}\n`.repeat(LONG / (LINE.length + 1)),
  };
  return Object.entries(texts).map(([what, text]) => ({
    name: `1 MB of ${what}, ${SOME} secrets, median`,
    value: medianMs(LONG_RUNS, () => secrets.redact(text)),
    unit: 'ms',
    limit: 100,
  }));
}

function knowing(count: number): SecretRegistry {
  const secrets = new SecretRegistry();
  for (let number = 0; number < count; number += 1) secrets.add(secretOf(number));
  return secrets;
}

function secretOf(number: number): string {
  return createHash('sha256').update(String(number)).digest('base64').slice(0, 40);
}

function medianMs(runs: number, action: (turn: number) => void): number {
  const times: number[] = [];
  for (let turn = 0; turn < runs; turn += 1) {
    const from = performance.now();
    action(turn);
    times.push(performance.now() - from);
  }
  return medianOf(times);
}
