import type { Finding } from '@worker-host/core';
import { queueTraits } from '../../observation/events/queue-traits.js';
import { type AwsQuery, listIn, objectIn, type QueryValues, textIn } from '../aws/aws-query.js';
import { clusterNameOf } from '../launch-facts.js';
import { type CheckContext, checking, failed, isNamed, ok, warning } from './check-context.js';
import { takesEvent } from './event-pattern.js';
import { allowsService, type ServiceRequest } from './resource-policy.js';

const QUEUE_SETTING = 'PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME';
const PATTERN = {
  source: ['aws.ecs'],
  'detail-type': ['ECS Task State Change'],
  detail: { startedBy: [{ prefix: 'wh/' }] },
};
const EVENTBRIDGE = 'events.amazonaws.com';
const KEY_ACTIONS = ['kms:GenerateDataKey', 'kms:Decrypt'];
const CHANGES_OF_INPUT = ['Input', 'InputPath', 'InputTransformer'];
const FEW_RECEIVES = 100;

/** Checks that task events reach the queue that the worker reads. */
export function checkEvents(context: CheckContext): Promise<readonly Finding[]> {
  const { settings, query, caller, partition } = context;
  return checking('task events', async () => {
    if (!settings.observerEnabled)
      return [ok('task events', 'Disabled; the worker detects ends of tasks by polling, within 15 s.')];
    const { name, region, account, url: given } = settings.queue;
    const there = query.in(region ?? query.region);
    let url = given;
    try {
      url ??= textIn(
        await there.call('sqs', 'GetQueueUrl', {
          QueueName: name,
          ...(account ? { QueueOwnerAWSAccountId: account } : {}),
        }),
        'QueueUrl',
      );
    } catch (error) {
      if (!isNamed(error, 'QueueDoesNotExist', 'NonExistentQueue')) throw error;
      if (!settings.isQueueNamed)
        return [ok('task events', 'There is no queue; the worker detects ends of tasks by polling, within 15 s.')];
      return [
        failed(
          'task events',
          `Queue '${name}', named by ${QUEUE_SETTING}, does not exist in ${there.region}.`,
          `Run: aws sqs create-queue --queue-name ${name} --region ${there.region}; or unset ${QUEUE_SETTING}.`,
        ),
      ];
    }
    const answer = await there.call('sqs', 'GetQueueAttributes', { QueueUrl: url, AttributeNames: ['All'] });
    const attributes = objectIn(answer.Attributes) as Readonly<Record<string, string>>;
    const arn = attributes.QueueArn ?? `arn:${partition}:sqs:${there.region}:${account ?? caller.account}:${name}`;
    const queue = { arn, url, attributes, query: there };
    const unforwarded = there.region === query.region ? [] : await forwardingFindings(queue, context);
    return [
      ...(unforwarded.length > 0 ? unforwarded : await ruleFindings(queue, context)),
      ...(await deadLetterFindings(name, attributes, there)),
      ...redriveFindings(name, attributes),
    ];
  });
}

/** Queue of task events. */
interface EventQueue {
  readonly arn: string;
  readonly url: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** In the region of the queue. */
  readonly query: AwsQuery;
}

/** The end of a task that a worker of the pool launched, as far as rules look at events. */
function eventOf({ facts, query, caller, partition }: CheckContext): unknown {
  const { name } = clusterNameOf(facts);
  const clusterArn =
    caller.account === '' ? {} : { clusterArn: clusterArnOf(partition, query.region, caller.account, name) };
  return {
    source: 'aws.ecs',
    'detail-type': 'ECS Task State Change',
    region: query.region,
    ...(caller.account === '' ? {} : { account: caller.account }),
    detail: { ...clusterArn, startedBy: 'wh/', lastStatus: 'STOPPED', desiredStatus: 'STOPPED' },
  };
}

function clusterArnOf(partition: string, region: string, account: string, name: string): string {
  return `arn:${partition}:ecs:${region}:${account}:cluster/${name}`;
}

/** The rules of a region that send something to a target. */
async function rulesTo(target: string, query: AwsQuery): Promise<readonly QueryValues[]> {
  const { RuleNames: names = [] } = await query.call('events', 'ListRuleNamesByTarget', { TargetArn: target });
  return await Promise.all((names as readonly string[]).map((Name) => query.call('events', 'DescribeRule', { Name })));
}

function namesOf(rules: readonly QueryValues[]): string {
  return rules.map((rule) => textIn(rule, 'Name')).join(', ');
}

/** A rule sends to queues of its own region; events of another one must be forwarded to the event bus of that region. */
async function forwardingFindings(
  { arn, query: there }: EventQueue,
  context: CheckContext,
): Promise<readonly Finding[]> {
  const { query, partition } = context;
  const [, , , , account = ''] = arn.split(':');
  const bus = `arn:${partition}:events:${there.region}:${account}:event-bus/default`;
  const event = eventOf(context);
  const forwarding = (await rulesTo(bus, query)).filter(
    (rule) => isEnabled(rule) && takesEvent(textIn(rule, 'EventPattern'), event),
  );
  if (forwarding.length > 0) return [];
  const found = `${arn} is in ${there.region}, and no enabled EventBridge rule of ${query.region} forwards its task changes to ${bus}, so the queue stays empty.`;
  const fix = `Use a queue in ${query.region}, such as: worker-host deploy events; or forward the events to ${bus}.`;
  return [failed('task events', found, fix)];
}

function isEnabled(rule: QueryValues): boolean {
  return textIn(rule, 'State') !== 'DISABLED';
}

async function ruleFindings(queue: EventQueue, context: CheckContext): Promise<readonly Finding[]> {
  const { arn, url, query } = queue;
  const rules = await rulesTo(arn, query);
  const event = eventOf(context);
  const fitting = rules.filter((rule) => takesEvent(textIn(rule, 'EventPattern'), event));
  const put = `aws events put-rule --name worker-host-tasks --event-pattern '${JSON.stringify(PATTERN)}' --region ${query.region}`;
  if (fitting.length === 0)
    return [
      failed(
        'task events',
        `No EventBridge rule sends task changes of the pool to ${arn}, so the queue stays empty${rules.length > 0 ? `; the pattern of ${namesOf(rules)} matches other events` : ''}.`,
        `Run: ${put}; aws events put-targets --rule worker-host-tasks --targets Id=queue,Arn=${arn} --region ${query.region}`,
      ),
    ];
  const enabled = fitting.filter(isEnabled);
  const [first = {}] = fitting;
  if (enabled.length === 0)
    return [
      failed(
        'task events',
        `Rule ${textIn(first, 'Name')} is disabled.`,
        `Run: aws events enable-rule --name ${textIn(first, 'Name')} --region ${query.region}`,
      ),
    ];
  if (/^(?:alias\/aws\/sqs|arn:.*:alias\/aws\/sqs)$/.test(queue.attributes.KmsMasterKeyId ?? ''))
    return [
      failed(
        'task events',
        `${arn} is encrypted with the key of SQS (alias/aws/sqs), which EventBridge may not use, so that the queue stays empty.`,
        `Run: aws sqs set-queue-attributes --queue-url ${url} --region ${query.region} --attributes KmsMasterKeyId=,SqsManagedSseEnabled=true`,
      ),
    ];
  const sourceArns = enabled.map((rule) => textIn(rule, 'Arn'));
  const sender = { service: EVENTBRIDGE, sourceAccount: sourceArns[0]?.split(':')[4] ?? '', sourceArns };
  if (!allowsService(queue.attributes.Policy ?? '', { ...sender, action: 'sqs:SendMessage', resource: arn }))
    return [
      failed(
        'task events',
        `The policy of ${arn} does not let EventBridge send to it.`,
        `Allow in the policy of ${url}, and remove what denies it: ${JSON.stringify({
          Effect: 'Allow',
          Principal: { Service: EVENTBRIDGE },
          Action: 'sqs:SendMessage',
          Resource: arn,
        })}`,
      ),
    ];
  const names = enabled.map((rule) => textIn(rule, 'Name'));
  return [
    ok('task events', `Rule ${names.join(', ')} sends task changes to ${arn}.`),
    ...(await checkTargets(queue, names)),
    ...(await checkKey(queue, sender)),
  ];
}

/** The worker reads events as ECS wrote them. */
function checkTargets({ arn, query }: EventQueue, rules: readonly string[]): Promise<readonly Finding[]> {
  return checking('targets of the rule', async () => {
    const answers = await Promise.all(rules.map((Rule) => query.call('events', 'ListTargetsByRule', { Rule })));
    const targets = answers.flatMap((answer, index) =>
      listIn(answer, 'Targets')
        .filter((target) => textIn(target, 'Arn') === arn)
        .map((target) => ({ target, rule: rules[index] ?? '' })),
    );
    const changed = targets.filter(({ target }) => CHANGES_OF_INPUT.some((name) => target[name] !== undefined));
    if (changed.length < targets.length || targets.length === 0) return [];
    const [{ rule, target } = { rule: '', target: {} }] = changed;
    const way = CHANGES_OF_INPUT.filter((name) => target[name] !== undefined).join(', ');
    const put = `aws events put-targets --rule ${rule} --targets Id=${textIn(target, 'Id')},Arn=${arn} --region ${query.region}`;
    const found = `Rule ${rule} sends events to ${arn} in another form (${way}), which the worker cannot read.`;
    return [failed('task events', found, `Send the matched event itself: ${put}`)];
  });
}

/** A key of one's own must let EventBridge encrypt what it sends. */
function checkKey(
  { arn, attributes, query }: EventQueue,
  sender: Pick<ServiceRequest, 'service' | 'sourceAccount' | 'sourceArns'>,
): Promise<readonly Finding[]> {
  const { KmsMasterKeyId: key = '' } = attributes;
  if (key === '') return Promise.resolve([]);
  return checking('key of the queue', async () => {
    const { KeyMetadata } = await query.call('kms', 'DescribeKey', { KeyId: key });
    const KeyId = textIn(KeyMetadata, 'Arn') || key;
    const { Policy } = await query.call('kms', 'GetKeyPolicy', { KeyId, PolicyName: 'default' });
    const denied = KEY_ACTIONS.filter(
      (action) => !allowsService(String(Policy ?? ''), { ...sender, action, resource: null }),
    );
    if (denied.length === 0) return [];
    const statement = { Effect: 'Allow', Principal: { Service: EVENTBRIDGE }, Action: KEY_ACTIONS, Resource: '*' };
    const found = `${arn} is encrypted with ${KeyId}, whose policy does not let EventBridge use it (${denied.join(', ')}), so that the queue stays empty.`;
    return [failed('task events', found, `Add to the policy of the key: ${JSON.stringify(statement)}`)];
  });
}

/** The queue that dead letters go to must be there, or SQS keeps receiving them for nothing. */
async function deadLetterFindings(
  name: string,
  attributes: Readonly<Record<string, string>>,
  query: AwsQuery,
): Promise<readonly Finding[]> {
  const { deadLetterTargetArn } = objectIn(JSON.parse(attributes.RedrivePolicy ?? '{}'));
  if (typeof deadLetterTargetArn !== 'string') return [];
  const [, , , , account = '', dead = ''] = deadLetterTargetArn.split(':');
  try {
    await query.call('sqs', 'GetQueueUrl', { QueueName: dead, QueueOwnerAWSAccountId: account });
    return [];
  } catch (error) {
    if (!isNamed(error, 'QueueDoesNotExist', 'NonExistentQueue')) return [];
    return [
      warning(
        'queue',
        `'${name}' sends dead letters to ${deadLetterTargetArn}, which does not exist.`,
        `Run: aws sqs create-queue --queue-name ${dead} --region ${query.region}`,
      ),
    ];
  }
}

function redriveFindings(name: string, attributes: Readonly<Record<string, string>>): readonly Finding[] {
  const { isFifo, maxReceiveCount } = queueTraits(name, attributes);
  if (isFifo)
    return [
      warning(
        'queue',
        `'${name}' is a FIFO queue, which a worker stops reading at the first event of another program.`,
        'Use a standard queue.',
      ),
    ];
  if (maxReceiveCount !== null && maxReceiveCount < FEW_RECEIVES)
    return [
      warning(
        'queue',
        `'${name}' moves messages to the dead-letter queue after ${maxReceiveCount} receives; a worker stops reading it at the first event of another program.`,
        `Match only tasks of worker-host in the rule (detail.startedBy prefix "wh/"), or set maxReceiveCount to ${FEW_RECEIVES} or more.`,
      ),
    ];
  return [
    ok('queue', maxReceiveCount === null ? 'No dead-letter queue.' : `Dead letters after ${maxReceiveCount} receives.`),
  ];
}
