import { AwsError } from '../server/aws-error.js';
import type { QueueSettings } from './queue.js';

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  VisibilityTimeout: [0, 43_200],
  DelaySeconds: [0, 900],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  MessageRetentionPeriod: [60, 1_209_600],
};

export const DEFAULT_SETTINGS: QueueSettings = {
  visibilityTimeoutSeconds: 30,
  delaySeconds: 0,
  waitTimeSeconds: 0,
  retentionSeconds: 345_600,
  redrive: null,
  kept: {},
};

/** Attributes that have no effect here and are returned as set. */
export const KEPT_ATTRIBUTES: readonly string[] = [
  'Policy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
];

/**
 * Applies the attributes of a call to the settings; an empty text removes a stored attribute.
 *
 * @param isQueue returns whether an ARN is that of a queue of the same account and region: only those can be
 * dead-letter queues.
 */
export function applyAttributes(
  settings: QueueSettings,
  attributes: Readonly<Record<string, string>>,
  isQueue: (arn: string) => boolean,
): QueueSettings {
  for (const [name, [low, high]] of Object.entries(RANGES)) {
    const text = attributes[name];
    if (text !== undefined && !(Number(text) >= low && Number(text) <= high)) {
      throw new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
    }
  }
  const number = (name: string, old: number) => (attributes[name] === undefined ? old : Number(attributes[name]));
  return {
    visibilityTimeoutSeconds: number('VisibilityTimeout', settings.visibilityTimeoutSeconds),
    delaySeconds: number('DelaySeconds', settings.delaySeconds),
    waitTimeSeconds: number('ReceiveMessageWaitTimeSeconds', settings.waitTimeSeconds),
    retentionSeconds: number('MessageRetentionPeriod', settings.retentionSeconds),
    redrive:
      attributes.RedrivePolicy === undefined ? settings.redrive : parseRedrive(attributes.RedrivePolicy, isQueue),
    kept: keep(settings.kept, attributes),
  };
}

function keep(
  kept: Readonly<Record<string, string>>,
  attributes: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const set = Object.entries(attributes).filter(([name]) => KEPT_ATTRIBUTES.includes(name));
  return Object.fromEntries([...Object.entries(kept), ...set].filter(([name]) => attributes[name] !== ''));
}

function parseRedrive(text: string, isQueue: (arn: string) => boolean): QueueSettings['redrive'] {
  if (text === '') return null;
  const { deadLetterTargetArn, maxReceiveCount } = parseJson(text) as Readonly<Record<string, unknown>>;
  const count = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== 'string' || !(Number.isInteger(count) && count >= 1 && count <= 1000)) {
    throw redriveError(text, 'Redrive policy must name a deadLetterTargetArn and a maxReceiveCount of 1 to 1000.');
  }
  if (!isQueue(deadLetterTargetArn)) throw redriveError(text, 'Dead letter target does not exist.');
  return { deadLetterArn: deadLetterTargetArn, maxReceiveCount: count };
}

function parseJson(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw redriveError(text, 'Redrive policy is not a valid JSON map.');
}

function redriveError(text: string, reason: string): AwsError {
  return new AwsError(
    'InvalidParameterValue',
    `Value ${text} for parameter RedrivePolicy is invalid. Reason: ${reason}`,
  );
}
