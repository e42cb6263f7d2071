import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { EcsTask } from '../../../src/aws/ecs-api.js';
import { matchStopReason } from '../../../src/observation/stop-reasons/match-stop-reason.js';
import type { StopReasonExample } from '../../../src/observation/stop-reasons/stop-reason-row.js';
import { STOP_REASON_TABLE } from '../../../src/observation/stop-reasons/stop-reason-table.js';
import { HARMLESS_NAMES, MISLEADING_NAMES, named } from '../../support/names-in-texts.js';

/** AWS's texts with `{account}`, `{digest}`, `{name}`, `{port}` and `{tag}` in place of user-chosen names. */
const TEXTS: readonly (StopReasonExample & { readonly row: string | null })[] = JSON.parse(
  readFileSync(
    fileURLToPath(new URL('../../../../test/fixtures/aws-texts/stop-reasons.json', import.meta.url)),
    'utf8',
  ),
);

describe('the stop reasons that AWS documents', () => {
  for (const text of TEXTS) {
    it(`are classified: ${text.row}: ${(text.containerReason ?? text.stoppedReason ?? '').slice(0, 120)}`, () => {
      for (const names of [HARMLESS_NAMES, ...MISLEADING_NAMES]) {
        const task = taskOf(JSON.parse(named(JSON.stringify(text), names)));

        expect(matchStopReason(task)?.code ?? null, JSON.stringify(names)).to.equal(text.row);
      }
    });
  }

  it('have at least one text for each row of the table', () => {
    const rows = new Set(TEXTS.map(({ row }) => row));

    expect(STOP_REASON_TABLE.map(({ code }) => code).filter((code) => !rows.has(code))).to.deep.equal([]);
  });
});

describe('STOP_REASON_TABLE', () => {
  for (const row of STOP_REASON_TABLE) {
    it(`does not match texts that resemble ${row.code}`, () => {
      expect(row.unlike ?? []).not.to.deep.equal([]);
      for (const text of row.unlike ?? []) expect(matchStopReason(taskOf(text))?.code).not.to.equal(row.code);
    });
  }
});

function taskOf({ stopCode, stoppedReason, containerReason }: StopReasonExample): EcsTask {
  return {
    lastStatus: 'STOPPED',
    ...(stopCode ? { stopCode } : {}),
    ...(stoppedReason ? { stoppedReason } : {}),
    containers: [{ name: 'prefect', ...(containerReason ? { reason: containerReason } : {}) }],
  };
}
