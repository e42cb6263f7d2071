import { expect } from 'chai';
import {
  capacityOf,
  compatibilitiesOf,
  isForManagedInstances,
  isOfFargate,
  objectsIn,
  runsOnFargate,
} from '../../src/task-run/capacity.js';

const madeFor = (...requiresCompatibilities: readonly string[]) => ({ requiresCompatibilities });

describe('capacityOf', () => {
  it('is the strategy of the request, if given', () => {
    const capacityProviderStrategy = [{ capacityProvider: 'mine' }];

    expect(capacityOf({ capacityProviderStrategy, launchType: 'EC2' }, {})).to.deep.equal({ capacityProviderStrategy });
    expect(capacityOf({ capacityProviderStrategy: [], launchType: 'EC2' }, {})).to.deep.equal({ launchType: 'EC2' });
  });

  it('is the launch type, or its equivalent in RunTask', () => {
    expect(capacityOf({ launchType: 'EXTERNAL' }, {})).to.deep.equal({ launchType: 'EXTERNAL' });
    expect(capacityOf({ launchType: 'FARGATE' }, madeFor('EC2'))).to.deep.equal({ launchType: 'FARGATE' });
    expect(capacityOf({ launchType: 'MANAGED_INSTANCES' }, {})).to.deep.equal({});
    expect(capacityOf({ launchType: 'FARGATE_SPOT' }, {})).to.deep.equal({
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT', weight: 1 }],
    });
  });

  it('is Fargate, or the default of the cluster for a definition that is not compatible with it', () => {
    for (const definition of [{}, madeFor('FARGATE'), madeFor('FARGATE', 'MANAGED_INSTANCES'), madeFor('EXTERNAL')]) {
      expect(capacityOf({}, definition)).to.deep.equal({ launchType: 'FARGATE' });
      expect(capacityOf({ launchType: '' }, definition)).to.deep.equal({ launchType: 'FARGATE' });
    }
    for (const definition of [madeFor('EC2'), madeFor('FARGATE', 'EC2'), madeFor('MANAGED_INSTANCES')]) {
      expect(capacityOf({}, definition)).to.deep.equal({});
    }
  });
});

describe('runsOnFargate', () => {
  const on = (...names: readonly string[]) => ({
    capacityProviderStrategy: names.map((capacityProvider) => ({ capacityProvider })),
  });

  it('is determined by the providers, otherwise by the launch type', () => {
    expect(runsOnFargate(on('FARGATE', 'FARGATE_SPOT'))).to.equal(true);
    expect(runsOnFargate(on('FARGATE', 'mine'))).to.equal(false);
    expect(runsOnFargate({ ...on('mine'), launchType: 'FARGATE' })).to.equal(false);
    expect(runsOnFargate({ launchType: 'FARGATE' })).to.equal(true);
    expect(runsOnFargate({ launchType: 'EC2' })).to.equal(false);
    expect(runsOnFargate({})).to.equal(false);
  });

  it('knows the two providers of Fargate', () => {
    expect(['FARGATE', 'FARGATE_SPOT', 'mine', undefined].map(isOfFargate)).to.deep.equal([true, true, false, false]);
  });
});

describe('the compatibilities of a definition', () => {
  it('are read as they are, and are empty if not a list', () => {
    expect(compatibilitiesOf(madeFor('EC2'))).to.deep.equal(['EC2']);
    expect(compatibilitiesOf({})).to.deep.equal([]);
  });

  it('are for Managed Instances only if nothing else is listed', () => {
    expect(isForManagedInstances(madeFor('MANAGED_INSTANCES'))).to.equal(true);
    expect(isForManagedInstances(madeFor('MANAGED_INSTANCES', 'EC2'))).to.equal(false);
    expect(isForManagedInstances({})).to.equal(false);
    expect(isForManagedInstances(madeFor())).to.equal(false);
  });
});

describe('objectsIn', () => {
  it('returns the objects of a list, and nothing for anything else', () => {
    expect(objectsIn([{ a: 1 }, 'text', null, [1]])).to.deep.equal([{ a: 1 }]);
    expect(objectsIn({ a: 1 })).to.deep.equal([]);
    expect(objectsIn(undefined)).to.deep.equal([]);
  });
});
