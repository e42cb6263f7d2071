import type { StateType } from '@worker-host/core';

/** A run that has ended, for the summary. */
export interface EndedJob {
  readonly title: string;
  readonly runId: string;
  readonly expected: StateType;
  readonly stateType: StateType;
  readonly stateName: string;
  readonly exitCode: number | null;
  /** Seconds by phase, in order. */
  readonly phases: readonly (readonly [name: string, seconds: number])[];
  readonly diagnosis: { readonly summary: string; readonly detail: string; readonly resolution: string | null } | null;
  /** Last lines of its output. */
  readonly tail: readonly string[];
}

/** Short names of phases whose names would make the table wider than a terminal. */
const SHORT_NAMES: Readonly<Record<string, string>> = { provisioning: 'provision', image_pull: 'pull' };

/** Returns whether every job ended as expected. */
export function allAsExpected(jobs: readonly EndedJob[]): boolean {
  return jobs.every(({ stateType, expected }) => stateType === expected);
}

/** Returns the summary: a table of the runs with their phases, and why the failed ones failed. */
export function renderSummary(jobs: readonly EndedJob[]): string {
  const phaseNames = [...new Set(jobs.flatMap(({ phases }) => phases.map(([name]) => name)))];
  const header = ['job', 'ended', 'exit', ...phaseNames.map((name) => SHORT_NAMES[name] ?? name)];
  const rows = jobs.map((job) => {
    const seconds = new Map(job.phases);
    const cells = phaseNames.map((name) => {
      const value = seconds.get(name);
      return value === undefined ? '-' : value.toFixed(2);
    });
    const mark = job.stateType === job.expected ? '' : ` (expected ${job.expected})`;
    return [job.title, `${job.stateName}${mark}`, job.exitCode === null ? '-' : String(job.exitCode), ...cells];
  });
  const failed = jobs.filter(({ stateType }) => stateType === 'FAILED' || stateType === 'CRASHED');
  const runs = table([header.map((name) => name.toUpperCase()), ...rows]);
  return [`How the runs ended, with the seconds of each phase\n`, runs, ...failed.map(renderDiagnosis)].join('\n');
}

function renderDiagnosis({ title, diagnosis, tail }: EndedJob): string {
  const lines = [`Why "${title}" failed`];
  if (diagnosis !== null) {
    lines.push(`  ${diagnosis.summary}`, ...diagnosis.detail.split('\n').map((line) => `  ${line}`));
    if (diagnosis.resolution !== null) lines.push(`  Try: ${diagnosis.resolution}`);
  }
  if (tail.length > 0) lines.push('  Its last lines:', ...tail.map((line) => `    ${line}`));
  return `${lines.join('\n')}\n`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const FIRST_NUMBER = 2;
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column >= FIRST_NUMBER ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return `${lines.join('\n')}\n`;
}
