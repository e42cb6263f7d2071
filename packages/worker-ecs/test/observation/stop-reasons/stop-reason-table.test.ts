import { expect } from 'chai';
import { describeEnd } from '../../../src/observation/diagnosis/task-end.js';
import { matchStopReason } from '../../../src/observation/stop-reasons/match-stop-reason.js';
import { STOP_REASON_TABLE } from '../../../src/observation/stop-reasons/stop-reason-table.js';

describe('STOP_REASON_TABLE', () => {
  for (const row of STOP_REASON_TABLE) {
    it(`recognises ${row.code} by AWS's own text`, () => {
      const { stopCode, stoppedReason, containerReason } = row.example;
      const task = {
        lastStatus: 'STOPPED',
        ...(stopCode ? { stopCode } : {}),
        ...(stoppedReason ? { stoppedReason } : {}),
        containers: [{ name: 'prefect', ...(containerReason ? { reason: containerReason } : {}) }],
      };

      const found = matchStopReason(task);
      const end = describeEnd(
        { kind: 'stopped', task, expiredLimit: null, stopRequested: false },
        { containerName: 'prefect', attemptStartedAtMs: null, relaunch: 0 },
      );

      expect(found?.code).to.equal(row.code);
      expect(end.diagnosis).to.deep.include({ kind: row.cause, summary: row.summary, resolution: row.resolution });
      if (row.relaunch === 'never') expect(end.relaunchable).to.equal(false);
      if (row.relaunch === 'yes') expect(end.relaunchable).to.equal(true);
      if (row.relaunch === 'if-not-run') expect(end.relaunchable).to.equal(end.userCodeRan === 'no');
    });
  }

  it('has unique codes', () => {
    const codes = STOP_REASON_TABLE.map(({ code }) => code);

    expect(new Set(codes).size).to.equal(codes.length);
  });
});
