import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import {
  classifyLaunchError,
  classifyLaunchFailure,
  NO_CONTEXT,
} from '../../../src/aws/launch-errors/classify-launch-error.js';
import { LAUNCH_ERROR_TABLE } from '../../../src/aws/launch-errors/launch-error-table.js';
import { awsError } from '../../support/fake-ecs.js';
import { HARMLESS_NAMES, MISLEADING_NAMES, named } from '../../support/names-in-texts.js';

interface Answer {
  /** For a refusal. */
  readonly name?: string;
  readonly message?: string;
  /** For an entry of `failures`. */
  readonly reason?: string;
  readonly detail?: string;
  readonly row: string;
}

const ANSWERS: readonly Answer[] = JSON.parse(
  readFileSync(
    fileURLToPath(new URL('../../../../test/fixtures/aws-texts/launch-answers.json', import.meta.url)),
    'utf8',
  ),
);
const CONTEXT = { ...NO_CONTEXT, launchType: 'EC2', configuresLogs: true, cluster: 'analytics', region: 'eu-west-1' };

describe('the responses to RunTask that AWS documents', () => {
  for (const answer of ANSWERS) {
    it(`are classified: ${answer.row}: ${(answer.message ?? answer.reason ?? '').slice(0, 120)}`, () => {
      for (const names of [HARMLESS_NAMES, ...MISLEADING_NAMES]) {
        const read: Answer = JSON.parse(named(JSON.stringify(answer), names));

        expect(classified(read).code, JSON.stringify(names)).to.equal(answer.row);
      }
    });
  }

  it('include at least one for each row of the table except those without a response', () => {
    const rows = new Set(ANSWERS.map(({ row }) => row));
    const missing = LAUNCH_ERROR_TABLE.map(({ code }) => code).filter((code) => !rows.has(code));

    expect(missing).to.deep.equal(['no-answer']);
  });
});

describe('LAUNCH_ERROR_TABLE', () => {
  for (const row of LAUNCH_ERROR_TABLE) {
    it(`does not match texts that resemble ${row.code}`, () => {
      expect(row.unlike ?? []).not.to.deep.equal([]);
      for (const { name, message } of row.unlike ?? []) {
        const read = row.arrives === 'error' ? { name: name ?? 'Error', message } : { reason: message };
        expect(classified({ ...read, row: '' }).code).not.to.equal(row.code);
      }
    });
  }

  it('reports operation and region of a response without tasks', () => {
    expect(classifyLaunchFailure({ reason: 'RESOURCE:CPU' }, CONTEXT).summary).to.include('ecs:RunTask in eu-west-1');
    expect(classifyLaunchFailure(null, CONTEXT).summary).to.include('ecs:RunTask in eu-west-1');
  });
});

function classified({ name, message, reason, detail }: Answer) {
  if (name !== undefined) return classifyLaunchError(awsError(name, message ?? ''), CONTEXT);
  return classifyLaunchFailure({ reason: reason ?? '', ...(detail ? { detail } : {}) }, CONTEXT);
}
