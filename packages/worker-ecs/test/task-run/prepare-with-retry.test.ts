import { isLaunchRefused, type Logger } from '@worker-host/core';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import { noteCall } from '../../src/aws/errors/aws-error-facts.js';
import { LaunchPreparationError, PreparationRefusedError } from '../../src/task-run/launch-errors.js';
import { prepareWithRetry } from '../../src/task-run/prepare-with-retry.js';
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
    prepareWithRetry(prepare, { flowRunId: 'run-1', clock, patienceSeconds, signal, logger }).catch(
      (error: Error) => error,
    );
  return { clock, stop, prepared, run, tries: () => tries };
}

describe('prepareWithRetry', () => {
  it('retries while AWS is unreachable or throttles', async () => {
    const { clock, run, prepared } = createSubject([HANG_UP, HANG_UP, awsError('ThrottlingException', 'slow'), null]);

    expect(await clock.run(run())).to.equal(prepared);
  });

  it('reports at the first failure what to try', async () => {
    const logger = new RecordingLogger();
    const { clock, run } = createSubject([HANG_UP, HANG_UP, null], 600, logger);

    await clock.run(run());

    expect(logger.lines.map(({ message }) => message)).to.deep.equal([
      'Preparing the launch failed; retrying. Check network, proxy and endpoint (AWS_ENDPOINT_URL, region).',
    ]);
  });

  it("gives up at its time limit, and reports AWS's error and what to try", async () => {
    const { clock, run } = createSubject([HANG_UP], 120);
    const beganMs = clock.nowMs();

    const error = await clock.run(run());

    expect(error).to.be.instanceOf(LaunchPreparationError);
    expect(String(error)).to.include('socket hang up').and.to.include('run-1').and.to.include('AWS_ENDPOINT_URL');
    expect(clock.nowMs() - beganMs).to.be.within(120_000, 151_000);
  });

  it("retries rejected keys for a few seconds, and passes on AWS's error", async () => {
    const refused = awsError('UnrecognizedClientException', 'The security token is invalid.');
    const { clock, run } = createSubject([refused]);
    const beganMs = clock.nowMs();

    const error = await clock.run(run());

    expect(error).to.equal(refused);
    expect(clock.nowMs() - beganMs).to.be.within(5_000, 15_000);
  });

  it('refuses the launch for what AWS rejects, and names the missing permission', async () => {
    const refused = awsError('UnauthorizedOperation', 'You are not authorized to perform this operation');
    noteCall(refused, { operation: 'ec2:DescribeVpcs', region: 'us-east-1' });
    const { clock, run, tries } = createSubject([refused]);

    const error = await clock.run(run());

    expect(tries()).to.equal(1);
    expect(error).to.be.instanceOf(PreparationRefusedError).and.to.satisfy(isLaunchRefused);
    expect(String(error)).to.include('docs/iam.md').and.to.include('Allow the worker ec2:DescribeVpcs');
  });

  it("passes on errors that are not AWS's immediately", async () => {
    for (const failure of [
      new NetworkNotFoundError({ path: 'vpc_id', expected: 'a VPC', found: 'none', suggestion: null }),
      new TypeError('a bug'),
    ]) {
      const { clock, run, tries } = createSubject([failure]);

      expect(await clock.run(run())).to.equal(failure);
      expect(tries()).to.equal(1);
    }
  });

  it('makes one attempt if waiting is disabled', async () => {
    const { clock, run, tries } = createSubject([HANG_UP], 0);

    expect(await clock.run(run())).to.be.instanceOf(LaunchPreparationError);
    expect(tries()).to.equal(1);
  });

  it('stops waiting when the signal is aborted', async () => {
    const { clock, run, stop } = createSubject([HANG_UP]);
    const reason = new Error('cancelled');
    const running = run();
    await clock.advance(5_000);

    stop.abort(reason);

    expect(await clock.run(running)).to.equal(reason);
  });

  it('waits between half and all of a second, which doubles up to half a minute', async () => {
    const { clock, run, tries } = createSubject([...Array.from({ length: 8 }, () => HANG_UP), null]);
    const beganMs = clock.nowMs();
    const times: number[] = [];
    const running = run();
    for (let seen = 0; seen < 8; seen = tries()) {
      if (tries() > times.length) times.push(clock.nowMs() - beganMs);
      await clock.advance(250);
    }
    await clock.run(running);

    expect(times.slice(0, 7)).to.deep.equal([0, 750, 2_250, 5_250, 11_250, 23_250, 45_750]);
  });

  it('retries keys for exactly five seconds, or less if the time limit is lower', async () => {
    const refused = awsError('UnrecognizedClientException', 'The security token is invalid.');
    const triesWithin = async (patienceSeconds: number) => {
      const { clock, run, tries } = createSubject([refused], patienceSeconds);
      expect(await clock.run(run())).to.equal(refused);
      return tries();
    };

    expect(await triesWithin(600)).to.equal(4);
    expect(await triesWithin(0.75)).to.equal(2);
    expect(await triesWithin(0)).to.equal(1);
  });

  it('retries keys also after the time limit for AWS', async () => {
    const { clock, run, tries } = createSubject([awsError('UnrecognizedClientException', 'invalid'), null], 600);

    await clock.run(run());

    expect(tries()).to.equal(2);
  });

  it('passes on an aborted call immediately', async () => {
    const aborted = awsError('AbortError', 'Request aborted');
    const { clock, run, tries } = createSubject([aborted]);

    expect(await clock.run(run())).to.equal(aborted);
    expect(tries()).to.equal(1);
  });
});
