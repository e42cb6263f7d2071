import { InfrastructureNotAvailable, type LaunchPlace } from '@worker-host/core';
import { expect } from 'chai';
import type { AwsCredentialsValue } from '../../src/aws/aws-credentials-value.js';
import type { EcsTask } from '../../src/aws/ecs-api.js';
import { AccountLookup } from '../../src/place/account-lookup.js';
import { PlacedClients } from '../../src/place/placed-clients.js';
import { LaunchFinder } from '../../src/recovery/launch-finder.js';
import { FakeAccounts, keysOf } from '../support/accounts.js';
import { ATTEMPT_ID, aConfiguration, FLOW_RUN_ID, someClients } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';
import { failureOf } from '../support/launch-subject.js';
import { scriptedEcs } from '../support/scripted-ecs.js';

const ATTEMPT = { flowRunId: FLOW_RUN_ID, id: ATTEMPT_ID, startedAtMs: 0 };
const STARTED_BY = `wh/${FLOW_RUN_ID}/${ATTEMPT_ID}/2`;
const BATCH = 'arn:aws:ecs:eu-west-1:123456789012:cluster/batch';
const PLACE: LaunchPlace = { account: '123456789012', region: 'eu-west-1', clusterArn: BATCH, tokenRow: 4 };

function createSubject() {
  const clock = new FakeClock();
  const aws = new FakeAccounts(clock);
  const finder = new LaunchFinder(aws, new PlacedClients(aws, new AccountLookup(clock)), clock);
  const find = (place: LaunchPlace | null, configuration = aConfiguration()) =>
    clock.run(finder.find({ attempt: ATTEMPT, relaunch: 2, place }, configuration));
  return { clock, aws, finder, find };
}

/** A finder with a cluster with one running task, described with these members. */
function createSubjectWith(task: EcsTask & { readonly taskArn: string }) {
  const clock = new FakeClock();
  const { ecs } = scriptedEcs({
    list: () => ({ taskArns: [task.taskArn], nextToken: null }),
    describe: () => [{ startedBy: STARTED_BY, ...task }],
  });
  const provider = { clientsFor: async () => someClients({ ecs }), close() {} };
  const finder = new LaunchFinder(provider, new PlacedClients(provider, new AccountLookup(clock)), clock);
  const find = (cluster: string | null) =>
    finder.find({ attempt: ATTEMPT, relaunch: 2, place: null }, aConfiguration({ cluster }));
  return { find };
}

describe('LaunchFinder', () => {
  it('locates a launch at its stored place, whatever the configuration contains', async () => {
    const { finder } = createSubject();

    const { clients, place } = await finder.locate(PLACE, aConfiguration(), FLOW_RUN_ID);

    expect(clients.region).to.equal('eu-west-1');
    expect(place).to.deep.equal(PLACE);
  });

  it("locates a launch without a place in the region of the configuration's cluster, with its credentials", async () => {
    const { finder, aws } = createSubject();
    const given: (readonly [AwsCredentialsValue | null, string | null | undefined])[] = [];
    const clientsFor = aws.clientsFor.bind(aws);
    aws.clientsFor = (credentials, region) => {
      given.push([credentials, region]);
      return clientsFor(credentials, region);
    };
    const awsCredentials = keysOf('THEIRS');

    const elsewhere = await finder.locate(null, aConfiguration({ cluster: BATCH, awsCredentials }), FLOW_RUN_ID);
    await finder.locate(null, aConfiguration(), FLOW_RUN_ID);
    await finder.locate(null, aConfiguration({ cluster: null }), FLOW_RUN_ID);

    expect(elsewhere.place).to.equal(null);
    expect(given).to.deep.equal([
      [awsCredentials, 'eu-west-1'],
      [null, null],
      [null, null],
    ]);
  });

  it('rejects a place that a worker of another type stored, and shows it', async () => {
    const { finder } = createSubject();

    const error = await failureOf(finder.locate({ pod: 'etl-1' }, aConfiguration(), FLOW_RUN_ID));

    expect(error).to.be.instanceOf(InfrastructureNotAvailable);
    expect(String(error)).to.include(FLOW_RUN_ID).and.to.include('{"pod":"etl-1"}');
  });

  it('finds the task of a relaunch in the cluster of the place', async () => {
    const { find, aws } = createSubject();
    const there = aws.ecsOf('123456789012', 'eu-west-1');
    await there.runTask({ cluster: 'batch', startedBy: STARTED_BY.replace(/2$/, '1') });
    const { tasks } = await there.runTask({ cluster: 'batch', clientToken: 'x', startedBy: STARTED_BY });

    expect(await find(PLACE)).to.equal(`${BATCH}::${tasks[0]?.taskArn}`);
  });

  it('finds a task that has ended, and names its cluster as the configuration does', async () => {
    const { find, aws } = createSubject();
    const ecs = aws.ecsOf('123456789012', 'us-east-1');
    const { tasks } = await ecs.runTask({ cluster: 'analytics', startedBy: STARTED_BY });
    const taskArn = tasks[0]?.taskArn ?? '';
    ecs.end(taskArn, 0);

    expect(await find(null)).to.equal(`analytics::${taskArn}`);
  });

  it('returns null after a minute, and searches ended tasks the first and the last time', async () => {
    const { find, aws, clock } = createSubject();
    const beganMs = clock.nowMs();
    const ecs = aws.ecsOf('123456789012', 'us-east-1');

    expect(await find(null)).to.equal(null);

    expect(clock.nowMs() - beganMs).to.equal(60_000);
    const ofEnded = ecs.calls.filter(({ input }) => (input as { desiredStatus?: string }).desiredStatus === 'STOPPED');
    expect(ofEnded).to.have.length(2);
  });

  it('stops searching when it is disposed of', async () => {
    const { finder, clock } = createSubject();
    const finding = failureOf(finder.find({ attempt: ATTEMPT, relaunch: 0, place: null }, aConfiguration()));
    await clock.advance(5_000);

    finder.dispose();

    expect(String(await clock.run(finding))).to.include('shut down');
  });

  it("takes the cluster from ECS's response, the task's ARN, the configuration, or the default, in this order", async () => {
    const arn = 'arn:aws:ecs:us-east-1:123456789012';
    const ofAnswer = createSubjectWith({ taskArn: `${arn}:task/b/1`, clusterArn: `${arn}:cluster/a` });
    const ofTask = createSubjectWith({ taskArn: `${arn}:task/b/1` });
    const ofShortArn = createSubjectWith({ taskArn: `${arn}:task/1` });

    expect(await ofAnswer.find('c')).to.equal(`${arn}:cluster/a::${arn}:task/b/1`);
    expect(await ofTask.find('c')).to.equal(`${arn}:cluster/b::${arn}:task/b/1`);
    expect(await ofShortArn.find('c')).to.equal(`c::${arn}:task/1`);
    expect(await ofShortArn.find(null)).to.equal(`default::${arn}:task/1`);
  });
});
