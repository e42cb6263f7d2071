import { isLaunchRefused, type JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import {
  clusterArnOfTask,
  clusterPlace,
  launchPlaceOf,
  placeOfLaunch,
  readLaunchPlace,
  requestAt,
  searchPlaceOf,
} from '../../src/place/ecs-launch-place.js';
import { aPreparedTaskRun, someClients } from '../support/builders.js';

const CLUSTER = 'arn:aws-cn:ecs:cn-north-1:123456789012:cluster/etl';
const PLACE = { account: '123456789012', region: 'cn-north-1', clusterArn: CLUSTER, tokenRow: 3 };

describe('the place of a launch in ECS', () => {
  it('is read as it was written, and anything else is rejected', () => {
    expect(readLaunchPlace(launchPlaceOf(PLACE))).to.deep.equal(PLACE);
    const others: readonly (JsonObject | null)[] = [
      null,
      {},
      { clusterArn: 'etl', tokenRow: 0 },
      { clusterArn: CLUSTER },
      { clusterArn: CLUSTER, tokenRow: 0.5 },
      { clusterArn: CLUSTER.replace(':cluster/', ':task/'), tokenRow: 0 },
    ];
    for (const other of others) {
      expect(readLaunchPlace(other), JSON.stringify(other)).to.equal(null);
    }
  });

  it('is searched in its cluster, whatever its token', () => {
    const { tokenRow: _, ...cluster } = PLACE;
    expect(searchPlaceOf(launchPlaceOf(PLACE))).to.deep.equal(cluster);
    expect(searchPlaceOf(cluster)).to.deep.equal(cluster);
    expect(searchPlaceOf({ other: 1 })).to.deep.equal({ other: 1 });
  });

  it('is in the partition, account and region of the task definition', () => {
    const taskDefinitionArn = 'arn:aws-cn:ecs:cn-north-1:123456789012:task-definition/etl:1';
    const prepared = aPreparedTaskRun({ request: { cluster: 'etl' }, taskDefinition: { taskDefinitionArn } });

    expect(placeOfLaunch(prepared, someClients())).to.deep.equal(clusterPlace(CLUSTER));
  });

  it('is rejected if nothing contains the account', () => {
    const prepared = aPreparedTaskRun({ request: { taskDefinition: 'etl' }, taskDefinition: {} });

    expect(() => placeOfLaunch(prepared, someClients()))
      .to.throw()
      .that.satisfies(isLaunchRefused);
  });

  it('changes only a request that names another cluster', () => {
    const kept = [{ cluster: 'etl' }, { cluster: CLUSTER }].map((request) => requestAt(request, PLACE));
    const changed = [requestAt({ cluster: 'new' }, PLACE), requestAt({}, PLACE)];

    expect(kept).to.deep.equal([{ cluster: 'etl' }, { cluster: CLUSTER }]);
    expect(changed).to.deep.equal([{ cluster: CLUSTER }, { cluster: CLUSTER }]);
  });

  it("is derived from the task's ARN, if that contains the cluster", () => {
    const task = 'arn:aws-cn:ecs:cn-north-1:123456789012:task';

    expect(clusterArnOfTask(`${task}/etl/0123`)).to.equal(CLUSTER);
    expect(clusterArnOfTask(`${task}/0123`)).to.equal(null);
  });
});
