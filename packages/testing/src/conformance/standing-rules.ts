import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { Diagnosis, RunProgress } from '@worker-host/core';
import type { RecordedCall } from '../builders/run-context.js';
import type { Observed } from './observation.js';
import { reachedTexts } from './reached-texts.js';
import type { Trial } from './trial.js';

/** A rule that is checked after every test of the contract. */
export interface StandingRule {
  readonly name: string;
  readonly why: string;
  /** @throws Error that describes the violation. */
  check(observed: Observed): void;
}

const LONGEST_BLOCK_MS = 2_000;
const LONGEST_PID = 2_048;
const LEVELS: readonly Diagnosis['level'][] = ['info', 'warning', 'error'];
const PHASES: readonly RunProgress['phase'][] = ['waiting-for-capacity', 'provisioning', 'running'];

export const STANDING_RULES: readonly StandingRule[] = [
  {
    name: 'handles every promise it creates',
    why: 'an unhandled rejection ends the Node process, and with it the watching of all runs.',
    check: ({ unhandled }) => assert.deepEqual(unhandled, [], `rejected and never handled: ${unhandled.join('; ')}`),
  },
  {
    name: 'does not call the context after run() or resume() has settled',
    why: 'the host has already reported the final state: a late line or state is lost, or belongs to the wrong owner.',
    check: ({ trials }) => {
      for (const { what, lateCalls } of trials)
        assert.deepEqual(lateCalls, [], `called after ${what} had settled: ${lateCalls.join(', ')}`);
    },
  },
  {
    name: 'does not change the configuration',
    why: 'the host launches again, resumes and stops with the same object.',
    check: ({ changedMembers }) =>
      assert.deepEqual(changedMembers, [], `a call changed its arguments: ${[...new Set(changedMembers)].join(', ')}`),
  },
  {
    name: 'does not change the process of the host',
    why: 'a plugin shares signals, environment and working directory with the host.',
    check: ({ changesOfProcess }) =>
      assert.deepEqual(changesOfProcess, [], `changed in the process: ${changesOfProcess.join(', ')}`),
  },
  {
    name: 'calls the context with valid arguments',
    why: 'the host rejects invalid ones: the pid, the lines or the place are lost.',
    check: ({ trials }) => {
      for (const { what, context } of trials)
        for (const call of context.calls) {
          const problem = problemOfCall(call);
          assert.equal(problem, null, `${what} called context.${call.call}() with ${problem}`);
        }
    },
  },
  {
    name: 'reveals no secrets of the job',
    why: 'people who must not know the secrets of the job read logs, states and errors.',
    check: (observed) => {
      for (const [where, text] of reachedTexts(observed))
        assert.ok(!observed.secrets.some((secret) => text.includes(secret)), `a value of the job's env is in ${where}`);
    },
  },
  {
    name: 'rejects with errors',
    why: 'the host classifies failures by class and code, and reports their message.',
    check: ({ reasons }) => {
      for (const reason of reasons)
        assert.ok(reason instanceof Error, `rejected with ${typeof reason}, not with an Error: ${String(reason)}`);
    },
  },
  {
    name: 'reports progress in order',
    why: 'states follow from it: a running run does not go back to waiting.',
    check: ({ trials }) => {
      for (const { what, context } of trials) {
        const phases = context.calls.flatMap((made) => (made.call === 'progress' ? [made.progress.phase] : []));
        const ranks = phases.map((phase) => PHASES.indexOf(phase));
        assert.ok(!ranks.includes(-1), `${what} reported a phase that does not exist: ${phases.join(', ')}`);
        const isInOrder = ranks.every((rank, index) => index === 0 || rank >= (ranks[index - 1] ?? 0));
        assert.ok(isInOrder, `${what} reported ${phases.join(', then ')}`);
      }
    },
  },
  {
    name: 'returns a result that a control plane can store',
    why: 'a result that cannot be stored is rejected, and the run has no final state.',
    check: ({ trials }) => {
      for (const { what, resolvedWith } of trials) if (resolvedWith !== null) assertStorable(what, resolvedWith);
    },
  },
  {
    name: 'does not block the event loop',
    why: 'the heartbeats of all runs are delayed, and other workers take them over.',
    check: ({ longestBlockMs }) =>
      assert.ok(longestBlockMs < LONGEST_BLOCK_MS, `the event loop was blocked for ${Math.round(longestBlockMs)} ms`),
  },
];

function assertStorable(what: string, result: NonNullable<Trial['resolvedWith']>): void {
  const { identifier, statusCode, end } = result;
  assert.equal(typeof identifier, 'string', `${what}: the identifier is not a string`);
  assert.ok(Number.isInteger(statusCode), `${what}: the status code ${statusCode} is not an integer`);
  if (end === null) return;
  const { relaunch, exitCode, phasesSeconds, logTail, facts, userCodeRan, relaunchable, stopRequested } = end;
  const { diagnosis, endedAtMs = null } = end;
  assert.ok(Number.isInteger(relaunch) && relaunch >= 0, `${what}: end.relaunch is ${relaunch}`);
  assert.ok(exitCode === null || Number.isInteger(exitCode), `${what}: end.exitCode is ${exitCode}`);
  assert.ok(['yes', 'no', 'unknown'].includes(userCodeRan), `${what}: end.userCodeRan is ${userCodeRan}`);
  for (const [name, value] of Object.entries({ relaunchable, stopRequested }))
    assert.equal(typeof value, 'boolean', `${what}: end.${name} is ${value}`);
  assert.ok(endedAtMs === null || Number.isFinite(endedAtMs), `${what}: end.endedAtMs is ${endedAtMs}`);
  assert.ok(diagnosis === null || isDiagnosis(diagnosis), `${what}: end.diagnosis is ${inspect(diagnosis)}`);
  for (const [phase, seconds] of Object.entries(phasesSeconds))
    assert.ok(Number.isFinite(seconds) && seconds >= 0, `${what}: end.phasesSeconds.${phase} is ${seconds}`);
  assert.ok(
    Array.isArray(logTail) && logTail.every((line) => typeof line === 'string'),
    `${what}: end.logTail contains a value that is not a string`,
  );
  assert.deepEqual(JSON.parse(JSON.stringify(facts)), facts, `${what}: end.facts is not plain JSON`);
}

function isDiagnosis({ kind, level, summary, detail, resolution }: Diagnosis): boolean {
  const isText = [kind, summary, detail, resolution ?? ''].every((text) => typeof text === 'string');
  return isText && LEVELS.includes(level);
}

/** Returns why the host would reject a call. Null: it would not. */
function problemOfCall(made: RecordedCall): string | null {
  switch (made.call) {
    case 'started': {
      const { infrastructurePid: pid } = made;
      const isPid = typeof pid === 'string' && pid !== '' && pid.length <= LONGEST_PID;
      return isPid ? null : `a pid that is not a string of 1 to ${LONGEST_PID} characters`;
    }
    case 'output': {
      const { lines, cursor } = made;
      if (!['string', 'undefined'].includes(typeof cursor)) return `the cursor ${cursor}, which is not a string`;
      const areLines = lines.every((line) => typeof line.message === 'string' && Number.isFinite(line.timestampMs));
      return areLines ? null : 'a line without text or time';
    }
    case 'progress': {
      const { progress } = made;
      if (progress.phase !== 'waiting-for-capacity') return null;
      const isWait = Number.isFinite(progress.sinceMs) && typeof progress.reason === 'string';
      return isWait ? null : 'a wait without start time or reason';
    }
    default:
      return null;
  }
}
