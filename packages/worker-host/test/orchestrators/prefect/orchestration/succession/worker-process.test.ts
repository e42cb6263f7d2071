import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { WorkerProcess } from '../../../../../src/orchestrators/prefect/orchestration/succession/worker-process.js';
import type { ProcessIdentity } from '../../../../../src/orchestrators/process-identity.js';

const HERE: ProcessIdentity = { host: 'h', bootId: 'b', processNamespace: 'n', osPid: 7, processStarted: '70' };

/** The beginning of a hash of host, boot and container: tokens are labels, and do not reveal the machine. */
const MACHINE = createHash('sha256').update('h\nb\nn').digest('hex').slice(0, 12);

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

  it('issues each token once, and recognises its own', () => {
    const subject = createSubject();
    const tokens = [subject.issueToken(), subject.issueToken()];

    expect(new Set(tokens).size).to.equal(2);
    expect(tokens.every((token) => subject.hasIssued(token))).to.equal(true);
    expect(createSubject({ osPid: 8 }).hasIssued(tokens[0] ?? '')).to.equal(false);
    expect(tokens).to.deep.equal([`${MACHINE}.7.70.r7.1`, `${MACHINE}.7.70.r7.2`]);
  });

  for (const [title, issuer, living, expected] of [
    ['is not there any more', {}, {}, true],
    ['has given its number to another process', {}, { 7: '71' }, true],
    ['is dead and not reaped', {}, { 7: 'ended' }, true],
    ['runs', {}, { 7: '70' }, false],
    ['runs, where starts of processes are not known', { processStarted: null }, { 7: null }, false],
    ['runs, where only its own start was not known', { processStarted: null }, { 7: '70' }, false],
    ['runs, where only its own start was known', {}, { 7: null }, false],
    ['is of another machine', { host: 'h2' }, {}, false],
    ['is of another boot', { bootId: 'b2' }, {}, false],
    ['is of another container', { processNamespace: 'n2' }, {}, false],
  ] as const) {
    it(`${expected ? 'detects' : 'does not conclude'} the end of an issuer that ${title}`, () => {
      const token = createSubject(issuer).issueToken();

      expect(createSubject({ osPid: 8 }, living).hasIssuerEnded(token)).to.equal(expected);
    });
  }

  it('concludes no end if the system cannot distinguish machines', () => {
    for (const unknown of [{ bootId: null }, { processNamespace: null }]) {
      const token = createSubject(unknown).issueToken();

      expect(token).to.equal('-.7.70.r7.1');
      expect(createSubject({ ...unknown, osPid: 8 }).hasIssuerEnded(token)).to.equal(false);
    }
    expect(createSubject().hasIssuerEnded('something else')).to.equal(false);
    expect(createSubject().hasIssuerEnded(`${MACHINE}.no-number.70.r7.1`)).to.equal(false);
  });

  it('has its own tokens, also if the system gives every process of a machine the same name', () => {
    const names = [new WorkerProcess(HERE), new WorkerProcess(HERE)].map((process) => process.issueToken());

    expect(names[0]).to.match(/\.7\.70\.[0-9a-f]{6}\.1$/);
    expect(names[0]).not.to.equal(names[1]);
  });
});
