import { expect } from 'chai';
import type { EcsTask } from '../../../src/aws/ecs-api.js';
import { keptTask, SharedTexts } from '../../../src/observation/watch/kept-task.js';

const TAGS = [{ key: 'team', value: 'analytics' }];

function anAnswer(more: Partial<EcsTask> = {}): EcsTask {
  return {
    taskArn: 'arn:1',
    clusterArn: 'arn:cluster',
    taskDefinitionArn: 'arn:definition',
    group: 'family:etl',
    startedBy: 'wh/1',
    launchType: 'FARGATE',
    capacityProviderName: 'FARGATE',
    availabilityZone: 'us-east-1a',
    lastStatus: 'RUNNING',
    desiredStatus: 'RUNNING',
    stopCode: null,
    stoppedReason: null,
    containers: [
      {
        name: 'prefect',
        image: 'etl:1',
        lastStatus: 'RUNNING',
        exitCode: null,
        reason: null,
        runtimeId: 'r',
      },
    ],
    tags: TAGS,
    version: 3,
    createdAt: '2026-01-01T00:00:00Z',
    pullStartedAt: '2026-01-01T00:00:01Z',
    pullStoppedAt: '2026-01-01T00:00:02Z',
    startedAt: '2026-01-01T00:00:03Z',
    stoppingAt: '2026-01-01T00:00:04Z',
    executionStoppedAt: '2026-01-01T00:00:05Z',
    stoppedAt: '2026-01-01T00:00:06Z',
    ...more,
  };
}

describe('what is kept of a task', () => {
  it('is every member that the worker knows, and nothing else', () => {
    const [container] = anAnswer().containers ?? [];
    const more = {
      overrides: { containerOverrides: [{ environment: [] }] },
      attachments: [{ type: 'ElasticNetworkInterface' }],
      attributes: [{ name: 'ecs.cpu-architecture' }],
      containers: [
        { ...container, containerArn: 'arn:container', networkInterfaces: [{ privateIpv4Address: '10.0.0.1' }] },
      ],
    };

    expect(keptTask(null, { ...anAnswer(), ...more }, new SharedTexts())).to.deep.equal(anAnswer());
  });

  it('has the ARN of a container without a name', () => {
    const containers = [{ containerArn: 'arn:container', lastStatus: 'RUNNING' }];
    expect(keptTask(null, { containers }, new SharedTexts())).to.deep.equal({ containers });
  });

  it('leaves out what is unknown', () => {
    expect(keptTask(null, { taskArn: 'arn:1', tags: [{ key: 'team' }] }, new SharedTexts())).to.deep.equal({
      taskArn: 'arn:1',
      tags: [{ key: 'team' }],
    });
  });

  it('adds what a later response or event omits, also the tags that a stop removes', () => {
    const texts = new SharedTexts();
    const known = keptTask(null, anAnswer(), texts);

    const stopped = keptTask(known, { taskArn: 'arn:1', lastStatus: 'STOPPED', stoppedReason: 'why', tags: [] }, texts);

    expect(stopped).to.deep.equal(anAnswer({ lastStatus: 'STOPPED', stoppedReason: 'why' }));
  });

  it('takes what is no longer set', () => {
    const texts = new SharedTexts();
    const known = keptTask(null, anAnswer({ stoppedReason: 'why' }), texts);
    expect(keptTask(known, { stoppedReason: null, containers: [] }, texts)).to.deep.include({
      stoppedReason: null,
      containers: [],
    });
  });
});

describe('shared texts', () => {
  it('return the first of equal texts, and other values as they are', () => {
    const texts = new SharedTexts();
    expect(['a', 'a', undefined, null, 7].map((each) => texts.of(each))).to.deep.equal(['a', 'a', undefined, null, 7]);
  });

  it('hold a bounded number, and still return each text', () => {
    const texts = new SharedTexts();
    for (let index = 0; index < 25_000; index += 1) expect(texts.of(`text ${index}`)).to.equal(`text ${index}`);
    expect(texts.size).to.be.at.most(10_000);
  });
});
