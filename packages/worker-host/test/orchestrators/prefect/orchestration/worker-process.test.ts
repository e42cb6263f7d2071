import { expect } from 'chai';
import { WorkerProcess } from '../../../../src/orchestrators/prefect/orchestration/worker-process.js';
import type { ProcessIdentity } from '../../../../src/orchestrators/process-identity.js';

const HERE: ProcessIdentity = { host: 'h', bootId: 'b', processNamespace: 'n', osPid: 7, processStarted: '70' };

describe('WorkerProcess', () => {
  const createSubject = (
    identity: Partial<ProcessIdentity> = {},
    living: Readonly<Record<number, string | null>> = {},
  ) =>
    new WorkerProcess(
      { ...HERE, ...identity },
      { exists: (pid) => pid in living, startOf: (pid) => living[pid] ?? null },
      `r${identity.osPid ?? 7}`,
    );

  it('issues each token once, and knows its own', () => {
    const subject = createSubject();
    const tokens = [subject.issueToken(), subject.issueToken()];

    expect(new Set(tokens).size).to.equal(2);
    expect(tokens.every((token) => subject.hasIssued(token))).to.equal(true);
    expect(createSubject({ osPid: 8 }).hasIssued(tokens[0] ?? '')).to.equal(false);
    expect(tokens[0]).to.match(/^[\w.-]+$/);
  });

  for (const [title, issuer, living, expected] of [
    ['is not there any more', {}, {}, true],
    ['has given its number to another process', {}, { 7: '71' }, true],
    ['is dead and not reaped', {}, { 7: 'ended' }, true],
    ['runs', {}, { 7: '70' }, false],
    ['runs, where starts of processes are not known', { processStarted: null }, { 7: null }, false],
    ['is of another machine', { host: 'h2' }, {}, false],
    ['is of another boot', { bootId: 'b2' }, {}, false],
    ['is of another container', { processNamespace: 'n2' }, {}, false],
  ] as const) {
    it(`${expected ? 'sees' : 'does not claim'} the end of an issuer that ${title}`, () => {
      const token = createSubject(issuer).issueToken();

      expect(createSubject({ osPid: 8 }, living).hasIssuerEnded(token)).to.equal(expected);
    });
  }

  it('claims the end of nobody where the system does not tell one machine from another', () => {
    const unknown = { bootId: null };

    expect(createSubject({ ...unknown, osPid: 8 }).hasIssuerEnded(createSubject(unknown).issueToken())).to.equal(false);
    expect(createSubject().hasIssuerEnded('something else')).to.equal(false);
  });
});
