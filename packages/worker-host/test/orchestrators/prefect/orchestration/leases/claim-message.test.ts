import { expect } from 'chai';
import {
  claimMessage,
  parseClaimMessage,
} from '../../../../../src/orchestrators/prefect/orchestration/leases/claim-message.js';

describe('the message of a claim', () => {
  for (const note of [
    { worker: 'w1', lease: 'a.b.1', attemptId: null, silenceMs: 18_000 },
    { worker: 'w "1" [x], \\ ü', lease: 'a-b.c', attemptId: '0b1c-2', silenceMs: 12_000 },
  ]) {
    it(`is read as it was written by ${note.worker}`, () => {
      expect(parseClaimMessage(claimMessage(note))).to.deep.equal(note);
    });
  }

  for (const message of [
    null,
    '',
    'Claimed by worker w1',
    'Claimed by worker "w1" [lease=a, silenceSeconds=18] or so',
  ]) {
    it(`is absent in ${JSON.stringify(message)}`, () => {
      expect(parseClaimMessage(message)).to.equal(null);
    });
  }
});
