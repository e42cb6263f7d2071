import type { Finding } from '@worker-host/core';
import { EXIT_CODES } from '../exit-codes.js';
import type { Styles } from './styles.js';

export function isFailed({ status }: Finding): boolean {
  return status === 'failed';
}

/** The exit code follows the most severe one. */
export function exitCodeOfFindings(findings: readonly Finding[]): number {
  if (findings.some(isFailed)) return EXIT_CODES.CHECK_FAILED.code;
  const isRisky = findings.some(({ status }) => status === 'warning');
  return isRisky ? EXIT_CODES.CHECK_WARNED.code : EXIT_CODES.OK.code;
}

const WORDS: Readonly<Record<Finding['status'], string>> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'FAILED',
  'not-checked': 'not checked',
};

/** Prints a line for each, what to do below it, and how many of each kind there are. */
export function renderFindings(findings: readonly Finding[], styles: Styles): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, status, found, fix }) => {
    const word = WORDS[status].padEnd(11);
    const shown = status === 'failed' ? styles.red(word) : word;
    return [
      `${shown}  ${check.padEnd(width)}  ${found}`,
      ...(fix === '' ? [] : [`${' '.repeat(13)}${' '.repeat(width)}  -> ${fix}`]),
    ];
  });
  const count = (status: Finding['status']): number => findings.filter((each) => each.status === status).length;
  const summary = `${count('ok')} ok, ${count('warning')} warnings, ${count('failed')} failed, ${count('not-checked')} not checked`;
  return `${lines.join('\n')}\n\n${summary}\n`;
}
