import type { Finding } from '@worker-host/core';
import { queueTraits } from '../../observation/events/queue-traits.js';
import { type AwsQuery, objectIn, textIn } from '../aws/aws-query.js';
import { type CheckContext, checking, failed, isNamed, ok, warning } from './check-context.js';

const QUEUE_SETTING = 'PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME';
const PATTERN = {
  source: ['aws.ecs'],
  'detail-type': ['ECS Task State Change'],
  detail: { startedBy: [{ prefix: 'wh/' }] },
};
const EVENTBRIDGE = 'events.amazonaws.com';
const FEW_RECEIVES = 100;

/** Checks that task events reach the queue that the worker reads. */
export function checkEvents({ settings, query, caller }: CheckContext): Promise<readonly Finding[]> {
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
    const arn = attributes.QueueArn ?? `arn:aws:sqs:${there.region}:${account ?? caller.account}:${name}`;
    return [
      ...(await ruleFindings(arn, url, attributes, there)),
      ...(await deadLetterFindings(name, attributes, there)),
      ...redriveFindings(name, attributes),
    ];
  });
}

async function ruleFindings(
  arn: string,
  url: string,
  attributes: Readonly<Record<string, string>>,
  query: AwsQuery,
): Promise<readonly Finding[]> {
  const { RuleNames: names = [] } = await query.call('events', 'ListRuleNamesByTarget', { TargetArn: arn });
  const rules = await Promise.all(
    (names as readonly string[]).map((Name) => query.call('events', 'DescribeRule', { Name })),
  );
  const fitting = rules.filter((rule) => takesTaskChanges(textIn(rule, 'EventPattern')));
  if (fitting.length === 0)
    return [
      failed(
        'task events',
        `No EventBridge rule sends task changes to ${arn}, so the queue stays empty${rules.length > 0 ? `; ${rules.map((rule) => textIn(rule, 'Name')).join(', ')} send other events` : ''}.`,
        `Run: aws events put-rule --name worker-host-tasks --event-pattern '${JSON.stringify(PATTERN)}' --region ${query.region}; ` +
          `aws events put-targets --rule worker-host-tasks --targets Id=queue,Arn=${arn} --region ${query.region}`,
      ),
    ];
  const enabled = fitting.filter((rule) => textIn(rule, 'State') !== 'DISABLED');
  const [first = {}] = fitting;
  if (enabled.length === 0)
    return [
      failed(
        'task events',
        `Rule ${textIn(first, 'Name')} is disabled.`,
        `Run: aws events enable-rule --name ${textIn(first, 'Name')} --region ${query.region}`,
      ),
    ];
  if (/^(?:alias\/aws\/sqs|arn:.*:alias\/aws\/sqs)$/.test(attributes.KmsMasterKeyId ?? ''))
    return [
      failed(
        'task events',
        `${arn} is encrypted with the key of SQS (alias/aws/sqs), which EventBridge may not use, so that the queue stays empty.`,
        `Run: aws sqs set-queue-attributes --queue-url ${url} --region ${query.region} --attributes KmsMasterKeyId=,SqsManagedSseEnabled=true`,
      ),
    ];
  if (
    !letsSend(
      attributes.Policy ?? '',
      arn,
      enabled.map((rule) => textIn(rule, 'Arn')),
    )
  )
    return [
      failed(
        'task events',
        `The policy of ${arn} does not let EventBridge send to it.`,
        `Allow in the policy of ${url}: ${JSON.stringify({
          Effect: 'Allow',
          Principal: { Service: EVENTBRIDGE },
          Action: 'sqs:SendMessage',
          Resource: arn,
        })}`,
      ),
    ];
  return [
    ok('task events', `Rule ${enabled.map((rule) => textIn(rule, 'Name')).join(', ')} sends task changes to ${arn}.`),
  ];
}

/** Whether a pattern lets through the changes of tasks that a worker launched, as far as is told from its first levels. */
function takesTaskChanges(pattern: string): boolean {
  try {
    const { source = ['aws.ecs'], 'detail-type': type = ['ECS Task State Change'] } = objectIn(JSON.parse(pattern));
    return JSON.stringify(source).includes('aws.ecs') && JSON.stringify(type).includes('ECS Task State Change');
  } catch {
    return false;
  }
}

/** Whether the policy of a queue lets EventBridge send to it for one of the rules. Other conditions count as fulfilled. */
function letsSend(policy: string, queue: string, rules: readonly string[]): boolean {
  if (policy === '') return false;
  const { Statement: written = [] } = objectIn(JSON.parse(policy));
  return [written]
    .flat()
    .map(objectIn)
    .some((statement) => {
      const services = [objectIn(statement.Principal).Service ?? objectIn(statement.Principal).AWS ?? []].flat();
      const isForEvents = statement.Principal === '*' || services.some((each) => each === EVENTBRIDGE || each === '*');
      const allows = textsOf(statement.Action).some((action) => fits(action.toLowerCase(), 'sqs:sendmessage'));
      const isOfQueue = textsOf(statement.Resource).some((resource) => fits(resource, queue));
      const sources = sourcesOf(statement.Condition);
      const isOfRule = sources.length === 0 || rules.some((rule) => sources.some((source) => fits(source, rule)));
      return statement.Effect === 'Allow' && isForEvents && allows && isOfQueue && isOfRule;
    });
}

/** ARNs that a condition asks of the sender. */
function sourcesOf(condition: unknown): readonly string[] {
  return Object.values(objectIn(condition)).flatMap((keys) =>
    Object.entries(objectIn(keys)).flatMap(([key, value]) =>
      key.toLowerCase() === 'aws:sourcearn' ? textsOf(value) : [],
    ),
  );
}

function textsOf(value: unknown): readonly string[] {
  return value === undefined ? [] : [value].flat().map(String);
}

/** By the wildcards of policies. */
function fits(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
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
