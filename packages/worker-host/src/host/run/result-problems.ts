import { isJsonObject, type WorkerEnd } from '@worker-host/core';

/** Returns the problems of the end in a plugin's result; empty: it can be stored and shown. */
export function problemsOfEnd(end: unknown): readonly string[] {
  if (end === null) return [];
  if (typeof end !== 'object') return [`end is ${typeof end}`];
  const { exitCode, stopRequested, userCodeRan, relaunchable, diagnosis, phasesSeconds, logTail, relaunch, facts } =
    end as Readonly<Record<keyof WorkerEnd, unknown>>;
  const problems: string[] = [];
  const expect = (isRight: boolean, name: string): void => {
    if (!isRight) problems.push(`end.${name}`);
  };
  expect(exitCode === null || Number.isInteger(exitCode), 'exitCode');
  expect(typeof stopRequested === 'boolean', 'stopRequested');
  expect(['yes', 'no', 'unknown'].includes(userCodeRan as string), 'userCodeRan');
  expect(typeof relaunchable === 'boolean', 'relaunchable');
  expect(diagnosis === null || isDiagnosis(diagnosis), 'diagnosis');
  expect(
    isRecordOf(phasesSeconds, (seconds) => Number.isFinite(seconds)),
    'phasesSeconds',
  );
  expect(typeof logTail === 'function' || isTexts(logTail), 'logTail');
  expect(Number.isInteger(relaunch) && (relaunch as number) >= 0, 'relaunch');
  expect(isPlainJson(facts), 'facts');
  return problems;
}

/** Returns whether a value is a list of texts. */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((line) => typeof line === 'string');
}

function isDiagnosis(value: unknown): boolean {
  const texts = ['kind', 'level', 'summary', 'detail'];
  return isRecordOf(value, () => true) && texts.every((name) => typeof Reflect.get(value as object, name) === 'string');
}

function isRecordOf(value: unknown, isMember: (member: unknown) => boolean): boolean {
  return typeof value === 'object' && value !== null && Object.values(value).every(isMember);
}

/** Returns whether a value can be stored: no cycles, only JSON. */
function isPlainJson(value: unknown): boolean {
  try {
    return isJsonObject(value) && JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}
