import { awsErrorFacts, isAccessDenied } from './aws-error-facts.js';

/** A missing permission in an error of AWS. */
export interface AccessDenial {
  /** As in a policy: `iam:PassRole`. If AWS names none, the call itself. Null: neither is known. */
  readonly action: string | null;
  /** ARN; null: AWS names none. */
  readonly resource: string | null;
  /** The kind of policy with an explicit deny, such as `service control policy`. Null: none; a permission is missing. */
  readonly deniedBy: string | null;
}

/** Returns which permission an error reports as missing. Null: the error is not about permissions. */
export function accessDenialOf(error: unknown): AccessDenial | null {
  if (!isAccessDenied(error)) return null;
  const { message, operation } = awsErrorFacts(error);
  const action = /\bnot authorized to perform:? +([a-z][a-z\d-]*:[A-Za-z*]+)/.exec(message)?.[1];
  const resource = /\bon resource: +(arn:[^\s,]*[^\s,.]|\*)/.exec(message)?.[1];
  const deniedBy = /\bexplicit deny in an? ([a-z][a-z -]{2,40}?)(?=[.:,]|$|\s+arn:)/.exec(message)?.[1];
  return {
    action: action ?? actionInside(message) ?? operation,
    resource: resource ?? null,
    deniedBy: deniedBy ?? null,
  };
}

/** ECS reads the network with the caller's permissions, and does not name the action. */
const READ_INSIDE: readonly (readonly [RegExp, string])[] = [
  [/\bretrieving subnet information\b/i, 'ec2:DescribeSubnets'],
  [/\bretrieving security group information\b/i, 'ec2:DescribeSecurityGroups'],
  [/\bretrieving network interface information\b/i, 'ec2:DescribeNetworkInterfaces'],
];

function actionInside(message: string): string | undefined {
  return READ_INSIDE.find(([pattern]) => pattern.test(message))?.[1];
}

/** Returns what to do about a missing permission, in one sentence. */
export function adviceOnDenial({ action, resource, deniedBy }: AccessDenial): string {
  const what = `${action ?? 'what the answer names'}${resource && resource !== '*' ? ` on ${resource}` : ''}`;
  return deniedBy ? `Change the ${deniedBy} that denies ${what}.` : `Allow the worker ${what}.`;
}
