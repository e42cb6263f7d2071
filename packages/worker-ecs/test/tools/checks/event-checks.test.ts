import { expect } from 'chai';
import type { QueryValues } from '../../../src/tools/aws/aws-query.js';
import { checkEvents } from '../../../src/tools/checks/event-checks.js';
import { ACCOUNT, alarmsOf, checkContext } from './check-subject.js';
import { refusal, type ScriptedAnswer } from './scripted-query.js';

const ARN = `arn:aws:sqs:us-east-1:${ACCOUNT}:events`;
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1`;
const send = {
  Effect: 'Allow',
  Principal: { Service: 'events.amazonaws.com' },
  Action: 'sqs:SendMessage',
  Resource: '*',
};
const policy = (...Statement: readonly object[]): string => JSON.stringify({ Statement });

/** A queue that a rule sends to. */
const connected = ({
  detail = {},
  attributes = {},
  target = {},
}: {
  detail?: object;
  attributes?: QueryValues;
  target?: QueryValues;
} = {}): Readonly<Record<string, ScriptedAnswer>> => ({
  GetQueueUrl: { QueueUrl: 'https://sqs/events' },
  GetQueueAttributes: { Attributes: { QueueArn: ARN, Policy: policy(send), ...attributes } },
  ListRuleNamesByTarget: { RuleNames: ['tasks'] },
  DescribeRule: {
    Name: 'tasks',
    Arn: `arn:aws:events:us-east-1:${ACCOUNT}:rule/tasks`,
    State: 'ENABLED',
    EventPattern: JSON.stringify({ source: ['aws.ecs'], detail }),
  },
  ListTargetsByRule: { Targets: [{ Id: 'q', Arn: ARN, ...target }] },
  DescribeKey: { KeyMetadata: { Arn: KEY } },
  GetKeyPolicy: { Policy: policy({ ...send, Action: 'kms:*' }) },
});

describe('checkEvents', () => {
  const alarms = async (script: Readonly<Record<string, ScriptedAnswer>>, queue?: string): Promise<readonly string[]> =>
    alarmsOf(await checkEvents(checkContext({ script, cluster: 'jobs', ...(queue ? { queue } : {}) })));

  it('accepts a rule for the cluster of the pool, and a key that EventBridge may use', async () => {
    const detail = { clusterArn: [`arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/jobs`], lastStatus: ['STOPPED'] };

    expect(await alarms(connected({ detail, attributes: { KmsMasterKeyId: 'alias/events' } }))).to.deep.equal([]);
  });

  for (const [what, detail] of Object.entries({
    'another cluster': { clusterArn: [`arn:aws:ecs:us-east-1:${ACCOUNT}:cluster/others`] },
    'starts alone': { lastStatus: ['PENDING', 'RUNNING'] },
    'tasks of services': { startedBy: [{ prefix: 'ecs-svc/' }] },
  }))
    it(`names a rule whose pattern is for ${what}`, async () => {
      expect((await alarms(connected({ detail }))).join()).to.match(
        /^task events: No .*; the pattern of tasks matches other/,
      );
    });

  it('names a policy of the queue that denies what another statement allows', async () => {
    const Policy = policy(send, { Effect: 'Deny', Principal: '*', Action: 'sqs:SendMessage', Resource: ARN });

    expect((await alarms(connected({ attributes: { Policy } }))).join()).to.contain('does not let EventBridge send');
  });

  it('names a target that gets the event in another form', async () => {
    const found = await alarms(connected({ target: { InputPath: '$.detail' } }));

    expect(found.join()).to.match(/^task events: Rule tasks sends events .* another form \(InputPath\)/);
  });

  it('names a key whose policy does not let EventBridge use it', async () => {
    const script = connected({ attributes: { KmsMasterKeyId: 'alias/events' } });
    const GetKeyPolicy = { Policy: policy({ ...send, Action: 'kms:Decrypt' }) };

    expect((await alarms({ ...script, GetKeyPolicy })).join()).to.match(
      /key\/1.*EventBridge use it \(kms:GenerateDataKey\)/,
    );
  });

  it('does not check a key whose policy may not be read', async () => {
    const script = connected({ attributes: { KmsMasterKeyId: 'alias/events' } });
    const findings = await checkEvents(
      checkContext({ script: { ...script, GetKeyPolicy: refusal('AccessDeniedException') } }),
    );

    expect(alarmsOf(findings)).to.deep.equal([]);
    expect(findings.find(({ check }) => check === 'key of the queue')?.status).to.equal('not-checked');
  });

  it('names a queue of another region to which the events of the tasks are not forwarded', async () => {
    const queue = `arn:aws:sqs:eu-west-1:${ACCOUNT}:events`;
    const script = connected({ attributes: { QueueArn: queue } });
    const noForwarding: ScriptedAnswer = ({ TargetArn }) => ({ RuleNames: TargetArn === queue ? ['tasks'] : [] });

    expect(await alarms(script, queue)).to.deep.equal([]);
    expect((await alarms({ ...script, ListRuleNamesByTarget: noForwarding }, queue)).join()).to.match(
      /is in eu-west-1, and no enabled EventBridge rule of us-east-1 forwards .* arn:aws:events:eu-west-1:\d+:event-bus\/default/,
    );
  });
});
