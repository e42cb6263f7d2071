import { expect } from 'chai';
import type { ApiFlowRun, ApiWorker } from '../../../../src/orchestrators/prefect/api/api-types.js';
import { ownerOf } from '../../../../src/orchestrators/prefect/orchestration/run-owner.js';
import { aRun } from '../support/a-run.js';

const NOW_MS = Date.parse('2027-01-01T00:10:00Z');
const ONLINE: ApiWorker = { name: 'other', status: 'ONLINE' };
const OFFLINE: ApiWorker = { name: 'other', status: 'OFFLINE' };
const labelled = (name: string): ApiFlowRun => aRun({ labels: { 'prefect.worker.name': name } });
const unlabelled = (timestamp: string): ApiFlowRun => aRun({ labels: {}, stateTimestamp: timestamp });

describe('ownerOf', () => {
  for (const [title, run, workers, expected] of [
    ['ours by its label', labelled('us'), [ONLINE], 'us'],
    ['another living worker its own', labelled('other'), [ONLINE], 'another'],
    ['free when its worker is offline', labelled('other'), [OFFLINE], 'nobody-alive'],
    ['free when its worker is unknown', labelled('gone'), [ONLINE], 'nobody-alive'],
    ['free without a label when nobody else lives', unlabelled('2027-01-01T00:09:59Z'), [OFFLINE], 'nobody-alive'],
    ['not ours to judge without a label while another lives', unlabelled('2027-01-01T00:09:00Z'), [ONLINE], 'unknown'],
    ['free when it has been without a label for long', unlabelled('2027-01-01T00:07:59Z'), [ONLINE], 'nobody-alive'],
  ] as const) {
    it(`calls a run ${title}`, () => {
      const us: ApiWorker = { name: 'us', status: 'ONLINE' };

      expect(ownerOf(run, [us, ...workers], 'us', NOW_MS)).to.equal(expected);
    });
  }
});
