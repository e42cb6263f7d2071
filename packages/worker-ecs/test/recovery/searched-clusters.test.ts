import type { LaunchPlace } from '@worker-host/core';
import { expect } from 'chai';
import type { EcsRunConfiguration } from '../../src/ecs-run-configuration.js';
import { AccountLookup } from '../../src/place/account-lookup.js';
import { PlacedClients } from '../../src/place/placed-clients.js';
import { SearchedClusters } from '../../src/recovery/searched-clusters.js';
import { FakeAccounts, keysOf } from '../support/accounts.js';
import { aConfiguration, RememberingLogger } from '../support/builders.js';
import { FakeClock } from '../support/fake-clock.js';
import { awsError } from '../support/fake-ecs.js';
import { failureOf } from '../support/launch-subject.js';

const OURS = '123456789012';
const THEIRS = '999999999999';

function arnOf(cluster: string, region = 'us-east-1', account = OURS): string {
  return `arn:aws:ecs:${region}:${account}:cluster/${cluster}`;
}

function aPlace(cluster: string, region = 'us-east-1', account = OURS): LaunchPlace {
  return { account, region, clusterArn: arnOf(cluster, region, account) };
}

function createSubject() {
  const clock = new FakeClock();
  const aws = new FakeAccounts(clock);
  aws.accounts.set('THEIRS', THEIRS);
  const logger = new RememberingLogger();
  const searched = new SearchedClusters(aws, new PlacedClients(aws, new AccountLookup(clock)), logger);
  /** Region and cluster of each. */
  const of = async (configurations: readonly EcsRunConfiguration[], places: readonly LaunchPlace[] = []) =>
    (await searched.of(configurations, places)).map(({ clients, cluster }) => [
      (clients as unknown as { key: string }).key,
      cluster,
    ]);
  return { aws, logger, searched, of };
}

describe('SearchedClusters', () => {
  it('returns each cluster of the configurations once, in its own region', async () => {
    const { of } = createSubject();

    expect(
      await of([
        aConfiguration(),
        aConfiguration({ cluster: 'batch' }),
        aConfiguration(),
        aConfiguration({ awsCredentials: keysOf('THEIRS') }),
        aConfiguration({ cluster: arnOf('far', 'eu-west-1') }),
        aConfiguration({ cluster: null }),
      ]),
    ).to.deep.equal([
      [' us-east-1', 'analytics'],
      [' us-east-1', 'batch'],
      ['THEIRS us-east-1', 'analytics'],
      [' eu-west-1', arnOf('far', 'eu-west-1')],
      [' us-east-1', null],
    ]);
  });

  it('adds the clusters of earlier launches, each once', async () => {
    const { of } = createSubject();

    expect(
      await of([aConfiguration()], [aPlace('old'), aPlace('old'), aPlace('old', 'eu-west-1'), { pod: 'etl-1' }]),
    ).to.deep.equal([
      [' us-east-1', 'analytics'],
      [' us-east-1', arnOf('old')],
      [' eu-west-1', arnOf('old', 'eu-west-1')],
    ]);
  });

  it('adds no cluster that a configuration already contains, by name, by ARN or as the default one', async () => {
    const { of } = createSubject();

    expect(await of([aConfiguration()], [aPlace('analytics')])).to.have.length(1);
    expect(await of([aConfiguration({ cluster: arnOf('analytics') })], [aPlace('analytics')])).to.have.length(1);
    expect(await of([aConfiguration({ cluster: null })], [aPlace('default')])).to.have.length(1);
    expect(await of([aConfiguration({ cluster: 'batch' })], [aPlace('default')])).to.have.length(2);
  });

  it('adds a cluster of the same name in another region or account', async () => {
    const { of } = createSubject();
    const theirs = aConfiguration({ awsCredentials: keysOf('THEIRS') });

    expect(await of([aConfiguration()], [aPlace('analytics', 'eu-west-1')])).to.deep.equal([
      [' us-east-1', 'analytics'],
      [' eu-west-1', arnOf('analytics', 'eu-west-1')],
    ]);
    expect(await of([theirs], [aPlace('analytics')])).to.deep.equal([
      ['THEIRS us-east-1', 'analytics'],
      [' us-east-1', arnOf('analytics')],
    ]);
  });

  it("accesses an earlier cluster with a configuration's credentials", async () => {
    const { of } = createSubject();
    const theirs = aConfiguration({ awsCredentials: keysOf('THEIRS') });

    expect(await of([theirs], [aPlace('old', 'us-east-1', THEIRS)])).to.deep.equal([
      ['THEIRS us-east-1', 'analytics'],
      ['THEIRS us-east-1', arnOf('old', 'us-east-1', THEIRS)],
    ]);
  });

  it('omits clusters of unknown accounts, and reports each once', async () => {
    const { of, logger } = createSubject();
    const places = [aPlace('old', 'us-east-1', THEIRS), aPlace('older', 'us-east-1', THEIRS), aPlace('ours')];

    for (let round = 0; round < 2; round += 1) {
      expect(await of([aConfiguration()], places)).to.deep.equal([
        [' us-east-1', 'analytics'],
        [' us-east-1', arnOf('ours')],
      ]);
    }

    const reported = logger.lines.map(({ level, fields }) => [level, (fields as { clusterArn: string }).clusterArn]);
    expect(reported).to.deep.equal([
      ['warn', arnOf('old', 'us-east-1', THEIRS)],
      ['warn', arnOf('older', 'us-east-1', THEIRS)],
    ]);
  });

  it('remembers the last two hundred reported clusters', async () => {
    const { of, logger } = createSubject();
    const places = Array.from({ length: 201 }, (_, index) => aPlace(`old-${index}`, 'us-east-1', THEIRS));
    await of([], places);

    await of([], [places[200] as LaunchPlace]);
    expect(logger.lines).to.have.length(201);
    await of([], [places[0] as LaunchPlace]);
    expect(logger.lines).to.have.length(202);
  });

  it('passes on failures of AWS and of the credentials', async () => {
    const { aws, searched, logger } = createSubject();
    const expired = awsError('ExpiredTokenException', 'expired');
    aws.failures.set('', expired);

    expect(await failureOf(searched.of([], [aPlace('old')]))).to.equal(expired);
    expect(logger.lines).to.deep.equal([]);
  });
});
