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
};

/** Settings with the attributes of a call applied. Attributes without meaning here are taken and left aside. */
export function applyAttributes(settings: QueueSettings, attributes: Readonly<Record<string, string>>): QueueSettings {
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
    redrive: attributes.RedrivePolicy === undefined ? settings.redrive : parseRedrive(attributes.RedrivePolicy),
  };
}

function parseRedrive(text: string): QueueSettings['redrive'] {
  if (text === '') return null;
  try {
    const policy = JSON.parse(text) as { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown };
    const count = Number(policy.maxReceiveCount);
    if (typeof policy.deadLetterTargetArn === 'string' && count >= 1 && count <= 1000) {
      return { deadLetterArn: policy.deadLetterTargetArn, maxReceiveCount: count };
    }
  } catch {
    // Falls through to the refusal below, which covers text that is no JSON.
  }
  throw new AwsError('InvalidAttributeValue', 'Invalid value for the parameter RedrivePolicy.');
}
