import type { Logger } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import { LaunchPreparationError } from '../../src/task-run/launch-errors.js';
import { preparePatiently } from '../../src/task-run/prepare-patiently.js';
import { NetworkNotFoundError } from '../../src/task-run/task-run-errors.js';
import { aPreparedTaskRun, silentLogger } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';
import { awsError } from '../support/fake-ecs.js';

const HANG_UP = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });

function createSubject(outcomes: readonly (Error | null)[], patienceSeconds = 600, logger: Logger = silentLogger) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const prepared = aPreparedTaskRun();
  let tries = 0;
  const prepare = async () => {
    const outcome = outcomes[Math.min(tries, outcomes.length - 1)];
    tries += 1;
    if (outcome) throw outcome;
    return prepared;
  };
  const { signal } = stop;
  const run = () =>
    preparePatiently(prepare, { flowRunId: 'run-1', clock, patienceSeconds, signal, logger }).catch(
      (error: Error) => error,
    );
  return { clock, stop, prepared, run, tries: () => tries };
}

describe('preparePatiently', () => {
  it('outlasts an AWS that cannot be reached, or throttles', async () => {
    const { clock, run, prepared } = createSubject([HANG_UP, HANG_UP, awsError('ThrottlingException', 'slow'), null]);

    expect(await clock.run(run())).to.equal(prepared);
  });

  it('says at the first failure what to try', async () => {
    const logger = new RecordingLogger();
    const { clock, run } = createSubject([HANG_UP, HANG_UP, null], 600, logger);

    await clock.run(run());

    expect(logger.lines.map(({ message }) => message)).to.deep.equal([
      'AWS does not give what the launch needs; it is asked again. Check network, proxy and endpoint (AWS_ENDPOINT_URL, region).',
    ]);
  });

  it('gives up after its patience, and says what AWS said and what to try', async () => {
    const { clock, run } = createSubject([HANG_UP], 120);
    const beganMs = clock.nowMs();

    const error = await clock.run(run());

    expect(error).to.be.instanceOf(LaunchPreparationError);
    expect(String(error)).to.include('socket hang up').and.to.include('run-1').and.to.include('AWS_ENDPOINT_URL');
    expect(clock.nowMs() - beganMs).to.be.within(120_000, 151_000);
  });

  it('gives keys that are not accepted a minute', async () => {
    const { clock, run } = createSubject([awsError('UnrecognizedClientException', 'The security token is invalid.')]);
    const beganMs = clock.nowMs();

    const error = await clock.run(run());

    expect(String(error)).to.include('aws_credentials');
    expect(clock.nowMs() - beganMs).to.be.within(60_000, 91_000);
  });

  it('does not repeat what AWS refuses, and names the rights where they lack', async () => {
    const { clock, run, tries } = createSubject([awsError('UnauthorizedOperation', 'not authorized: DescribeVpcs')]);

    const error = await clock.run(run());

    expect(tries()).to.equal(1);
    expect(String(error)).to.include('docs/iam.md');
  });

  it('passes on at once what is not of AWS', async () => {
    for (const failure of [
      new NetworkNotFoundError({ path: 'vpc_id', expected: 'a VPC', found: 'none', suggestion: null }),
      new TypeError('a bug'),
    ]) {
      const { clock, run, tries } = createSubject([failure]);

      expect(await clock.run(run())).to.equal(failure);
      expect(tries()).to.equal(1);
    }
  });

  it('makes one try where waiting is switched off', async () => {
    const { clock, run, tries } = createSubject([HANG_UP], 0);

    expect(await clock.run(run())).to.be.instanceOf(LaunchPreparationError);
    expect(tries()).to.equal(1);
  });

  it('stops waiting when it is told to', async () => {
    const { clock, run, stop } = createSubject([HANG_UP]);
    const reason = new Error('cancelled');
    const running = run();
    await clock.advance(5_000);

    stop.abort(reason);

    expect(await clock.run(running)).to.equal(reason);
  });
});
