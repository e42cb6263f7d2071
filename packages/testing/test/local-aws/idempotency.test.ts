import { CreateClusterCommand, type RunTaskCommandInput } from '@aws-sdk/client-ecs';
import { expect } from 'chai';

import { TokenStore } from '../../src/local-aws/ecs/tasks/token-store.js';
import { LocalAwsAssumptionInvalidError } from '../../src/local-aws/index.js';
import {
  closeSubjects,
  createSubject,
  launch,
  launchOne,
  ManualClock,
  NO_PHASES,
  refusal,
  registerFargate,
  type Subject,
} from './support.js';

const HOUR_MS = 3_600_000;

async function createStarted(options = {}): Promise<Subject & { clock: ManualClock }> {
  const clock = new ManualClock();
  const subject = await createSubject({ clock, phases: NO_PHASES, simulate: 'sleep=10', ...options });
  await registerFargate(subject);
  return { ...subject, clock };
}

describe('local-aws: client tokens of RunTask', () => {
  afterEach(closeSubjects);

  it('returns the first response for the same token and parameters, and starts nothing', async () => {
    const subject = await createStarted();
    const request: Partial<RunTaskCommandInput> = { clientToken: 'one', count: 2, startedBy: 'me' };
    const first = await launch(subject, request);
    const arns = first.tasks?.map((task) => task.taskArn ?? '') ?? [];
    for (const arn of arns) await subject.aws.ecs.whenTask(arn, 'RUNNING');

    const second = await launch(subject, request);

    expect(second.tasks).to.deep.equal(first.tasks);
    expect(subject.aws.ecs.tasks()).to.have.length(2);
  });

  it('returns only ARN and statuses of a stopped task', async () => {
    const subject = await createStarted();
    const arn = await launchOne(subject, { clientToken: 'one' });
    await subject.aws.ecs.whenTask(arn, 'RUNNING');
    subject.clock.advance(10_000);
    await subject.aws.ecs.whenTask(arn, 'STOPPED');

    const { tasks } = await launch(subject, { clientToken: 'one' });

    expect(tasks).to.deep.equal([{ taskArn: arn, lastStatus: 'STOPPED', desiredStatus: 'STOPPED' }]);
  });

  const drifts: readonly [string, Partial<RunTaskCommandInput>][] = [
    ['another startedBy', { startedBy: 'you' }],
    ['another order of subnets', {}],
    ['one tag more', { tags: [{ key: 'a', value: 'b' }] }],
  ];
  for (const [what, drift] of drifts) {
    it(`rejects ${what} under the same token and names the existing tasks`, async () => {
      const subject = await createStarted();
      const arn = await launchOne(subject, { clientToken: 'one' });
      const subnets = [...subject.aws.network.subnets.keys()].reverse();
      const reversed = {
        networkConfiguration: { awsvpcConfiguration: { subnets, assignPublicIp: 'ENABLED' as const } },
      };

      const changed = what.includes('subnets') ? reversed : drift;
      const error = await refusal(launch(subject, { clientToken: 'one', ...changed }), 'ConflictException');

      expect(error).to.have.deep.property('resourceIds', [arn]);
    });
  }

  it('treats a new revision of the family as other parameters', async () => {
    const subject = await createStarted();
    await launch(subject, { clientToken: 'one' });
    await registerFargate(subject);

    await refusal(launch(subject, { clientToken: 'one' }), 'ConflictException');
    const same = await launch(subject, { clientToken: 'one', taskDefinition: 'job:1' });

    expect(same.tasks).to.have.length(1);
    expect(subject.aws.ecs.tasks()).to.have.length(1);
  });

  it('scopes tokens to a cluster', async () => {
    const subject = await createStarted();
    await subject.ecs.send(new CreateClusterCommand({ clusterName: 'other' }));

    await launch(subject, { clientToken: 'one' });
    await launch(subject, { clientToken: 'one', cluster: 'other' });

    expect(subject.aws.ecs.tasks()).to.have.length(2);
  });

  it('replays failures, and after an hour only their number', async () => {
    const subject = await createStarted();
    subject.aws.faults.add({ type: 'capacity', reason: 'memory', times: 2 });
    const first = await launch(subject, { clientToken: 'one', count: 2 });

    const second = await launch(subject, { clientToken: 'one', count: 2 });
    subject.clock.advance(HOUR_MS);
    const third = await launch(subject, { clientToken: 'one', count: 2 });

    expect(first.tasks).to.deep.equal([]);
    expect(first.failures?.map((failure) => failure.reason)).to.deep.equal(['RESOURCE:MEMORY', 'RESOURCE:MEMORY']);
    expect(second.failures).to.deep.equal(first.failures);
    expect(third.failures).to.deep.equal([{}, {}]);
  });

  it('forgets a token an hour after its last task has stopped, not earlier', async () => {
    const subject = await createStarted();
    const arn = await launchOne(subject, { clientToken: 'one' });
    await subject.aws.ecs.whenTask(arn, 'RUNNING');
    subject.clock.advance(10_000);
    await subject.aws.ecs.whenTask(arn, 'STOPPED');

    subject.clock.advance(HOUR_MS - 1);
    expect(await launchOne(subject, { clientToken: 'one' })).to.equal(arn);
    subject.clock.advance(1);
    expect(await launchOne(subject, { clientToken: 'one' })).not.to.equal(arn);
  });

  it('forgets a token after a day although its task still runs', async () => {
    const subject = await createStarted({ simulate: 'sleep=forever' });
    const arn = await launchOne(subject, { clientToken: 'one' });

    subject.clock.advance(24 * HOUR_MS - 1);
    expect(await launchOne(subject, { clientToken: 'one' })).to.equal(arn);
    subject.clock.advance(1);
    expect(await launchOne(subject, { clientToken: 'one' })).not.to.equal(arn);
  });

  it('does not use up a token on failures alone, if so assumed', async () => {
    const subject = await createStarted({ assumptions: { failuresUseToken: false } });
    subject.aws.faults.add({ type: 'capacity', times: 3 });

    const first = await launch(subject, { clientToken: 'one', count: 2 });
    const second = await launch(subject, { clientToken: 'one', count: 2 });
    const third = await launch(subject, { clientToken: 'one', count: 2 });

    expect([first.tasks?.length, first.failures?.length]).to.deep.equal([0, 2]);
    expect([second.tasks?.length, second.failures?.length]).to.deep.equal([1, 1]);
    expect(third.failures).to.deep.equal(second.failures);
    expect(subject.aws.ecs.tasks()).to.have.length(1);
  });

  it('replays an error for its token, if so assumed, and refuses other requests with it', async () => {
    const subject = await createStarted({ assumptions: { refusalsUseToken: true } });
    const wrong = { clientToken: 'one', taskDefinition: 'later' };

    await refusal(launch(subject, wrong), 'ClientException', 'TaskDefinition not found.');
    await registerFargate(subject, 'later');
    await refusal(launch(subject, wrong), 'ConflictException');
    await refusal(launch(subject, { ...wrong, taskDefinition: 'job' }), 'ConflictException');
    const { tasks } = await launch(subject, { ...wrong, clientToken: 'two' });
    await refusal(launch(subject, { clientToken: 'three', enableExecuteCommand: true }), 'InvalidParameterException');
    const again = await refusal(
      launch(subject, { clientToken: 'three', enableExecuteCommand: true }),
      'InvalidParameterException',
    );

    expect(tasks).to.have.length(1);
    expect(again.message).to.match(/task role/);
  });

  it('never stores a throttling error for a token', async () => {
    const throttling = { fargateRunTask: { burst: 1, perSecond: 1 } };
    const subject = await createStarted({ assumptions: { refusalsUseToken: true }, throttling });

    await launch(subject, { clientToken: 'one' });
    await refusal(launch(subject, { clientToken: 'two' }), 'ThrottlingException');
    subject.clock.advance(1000);

    expect(await launchOne(subject, { clientToken: 'two' })).to.match(/^arn:aws:ecs:/);
  });

  it('accepts other assumptions at any time, and reports unknown ones', async () => {
    const subject = await createStarted();
    const change = (body: object) =>
      fetch(`${subject.aws.url}/_local-aws/assumptions`, { method: 'POST', body: JSON.stringify(body) });
    subject.aws.faults.add({ type: 'capacity' });
    await launch(subject, { clientToken: 'one' });

    expect(await (await change({ failuresUseToken: false })).json()).to.include({
      failuresUseToken: false,
      refusalsUseToken: false,
    });
    subject.aws.faults.add({ type: 'capacity' });
    await launch(subject, { clientToken: 'two' });
    const wrong = await change({ failuresUseTokn: false });

    expect((await launch(subject, { clientToken: 'one' })).tasks).to.have.length(0);
    expect((await launch(subject, { clientToken: 'two' })).tasks).to.have.length(1);
    expect(wrong.status).to.equal(400);
    expect(await wrong.json()).to.have.property('code', 'LOCAL_AWS_ASSUMPTION_INVALID');
    expect(() => subject.aws.assumptions.set({ failuresUseToken: 1 as unknown as boolean })).to.throw(
      LocalAwsAssumptionInvalidError,
      /true or false/,
    );
  });

  it('removes expired tokens without a request for them', async () => {
    const store = new TokenStore(() => nowMs);
    let nowMs = 0;
    const use = { tasks: [], failures: [], refusal: null };
    for (let index = 0; index < 99; index += 1) store.remember(`old ${index}`, '', use);
    nowMs = 24 * HOUR_MS;
    store.remember('new', '', use);

    expect(store.size).to.equal(1);
    expect(store.replay('new', '')).to.deep.equal({ tasks: [], failures: [] });
  });

  it('does not use up a token on a rejected request', async () => {
    const subject = await createStarted();

    await refusal(launch(subject, { clientToken: 'one', cluster: 'none' }), 'ClusterNotFoundException');
    const arn = await launchOne(subject, { clientToken: 'one' });

    expect(arn).to.match(/^arn:aws:ecs:/);
  });
});
