import type { JsonObject } from '@worker-host/core';
import { expect } from 'chai';
import { asTheirDefinition, asTheirRequest } from './deliberate-differences.js';

const network = (assignPublicIp: string, securityGroups: readonly string[] = []) => ({
  networkConfiguration: { awsvpcConfiguration: { subnets: ['a'], assignPublicIp, securityGroups } },
});

describe('the deliberate differences of recorded cases', () => {
  it('are zeros that Prefect drops, and nothing else', () => {
    const wanted = { containerDefinitions: [{ linuxParameters: {}, ulimits: [{ name: 'core', hardLimit: 1 }] }] };
    const kept = {
      containerDefinitions: [
        { user: '0', linuxParameters: { maxSwap: 0 }, ulimits: [{ name: 'core', softLimit: 0, hardLimit: 1 }] },
      ],
    };

    expect(asTheirDefinition(wanted, kept)).to.deep.equal(wanted);
    const others: readonly JsonObject[] = [{ cpu: 0 }, { maxSwap: 1 }, { startPeriod: null }, { user: '' }];
    for (const other of others) {
      expect(asTheirDefinition({}, other)).to.deep.equal(other);
    }
    expect(asTheirDefinition({ maxSwap: 5 }, { maxSwap: 0 })).to.deep.equal({ maxSwap: 0 });
  });

  it('are definitions for Managed Instances only, where Prefect adds Fargate', () => {
    const [both, one, other] = [['FARGATE', 'MANAGED_INSTANCES'], ['MANAGED_INSTANCES'], ['EC2']].map((list) => ({
      requiresCompatibilities: list,
    }));

    expect(asTheirDefinition(both, one ?? {})).to.deep.equal(both);
    expect(asTheirDefinition(both, other ?? {})).to.deep.equal(other);
    expect(asTheirDefinition(other, one ?? {})).to.deep.equal(one);
  });

  it('are public addresses that the worker chose outside Fargate, and nothing else', () => {
    const onEc2 = { launchType: 'EC2', ...network('DISABLED') };
    const onFargate = { launchType: 'FARGATE', ...network('DISABLED') };

    expect(asTheirRequest(network('ENABLED'), onEc2)).to.deep.equal({ launchType: 'EC2', ...network('ENABLED') });
    expect(asTheirRequest(network('ENABLED'), onFargate)).to.deep.equal(onFargate);
    expect(asTheirRequest(network('ENABLED', ['sg']), onEc2)).to.deep.equal(onEc2);
    expect(asTheirRequest(network('DISABLED'), { ...onEc2, ...network('ENABLED') })).to.deep.equal({
      ...onEc2,
      ...network('ENABLED'),
    });
  });

  it('are values of tags truncated at 256 characters, and nothing else', () => {
    const tags = (value: string) => ({ tags: [{ key: 'k', value }] });
    const long = 'v'.repeat(300);

    expect(asTheirRequest(tags(long), tags('v'.repeat(256)))).to.deep.equal(tags(long));
    expect(asTheirRequest(tags(long), tags('v'.repeat(255)))).to.deep.equal(tags('v'.repeat(255)));
    expect(asTheirRequest(tags('short'), tags('shor'))).to.deep.equal(tags('shor'));
  });
});
