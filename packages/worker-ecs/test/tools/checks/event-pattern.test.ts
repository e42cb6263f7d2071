import { expect } from 'chai';
import { takesEvent } from '../../../src/tools/checks/event-pattern.js';

const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/jobs';
const EVENT = { source: 'aws.ecs', detail: { clusterArn: CLUSTER, lastStatus: 'STOPPED', startedBy: 'wh/1' } };

describe('takesEvent', () => {
  const takes = (pattern: object): boolean => takesEvent(JSON.stringify(pattern), EVENT);

  for (const detail of [
    {},
    { lastStatus: ['RUNNING', 'STOPPED'] },
    { clusterArn: [{ prefix: 'arn:aws:ecs:us-east-1:' }] },
    { clusterArn: [{ suffix: '/jobs' }] },
    { clusterArn: [{ wildcard: '*:cluster/j*' }] },
    { clusterArn: [{ 'anything-but': `${CLUSTER}2` }] },
    { startedBy: [{ 'anything-but': { prefix: 'ecs-svc/' } }] },
    { startedBy: [{ exists: true }] },
    { lastStatus: [{ 'equals-ignore-case': 'stopped' }] },
    { group: ['family:of a job'] },
    { $or: [{ lastStatus: ['RUNNING'] }, { lastStatus: ['STOPPED'] }] },
    { lastStatus: [{ 'an operator of tomorrow': 1 }] },
  ])
    it(`is true of ${JSON.stringify(detail)}`, () => expect(takes({ source: ['aws.ecs'], detail })).to.equal(true));

  for (const detail of [
    { lastStatus: ['RUNNING'] },
    { clusterArn: [`${CLUSTER}2`] },
    { clusterArn: [{ prefix: 'arn:aws:ecs:eu-west-1:' }] },
    { clusterArn: [{ suffix: '/job' }] },
    { clusterArn: [{ wildcard: '*:cluster/k*' }] },
    { lastStatus: [{ 'anything-but': ['STOPPED'] }] },
    { startedBy: [{ 'anything-but': { prefix: 'wh/' } }] },
    { startedBy: [{ exists: false }] },
    { lastStatus: [{ 'equals-ignore-case': 'running' }] },
    { $or: [{ lastStatus: ['RUNNING'] }, { startedBy: ['x'] }] },
  ])
    it(`is false of ${JSON.stringify(detail)}`, () => expect(takes({ source: ['aws.ecs'], detail })).to.equal(false));

  it('is false of another source, and of what is no pattern', () => {
    expect(takes({ source: ['aws.ec2'] })).to.equal(false);
    expect(takesEvent('', EVENT)).to.equal(false);
  });
});
