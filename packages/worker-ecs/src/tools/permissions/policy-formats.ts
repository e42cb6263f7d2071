import type { Statement } from './worker-statements.js';

/** Permissions of one role. */
export interface RolePolicy {
  readonly role: string;
  /** The service that assumes the role. Null: a user's own role, to which the policy is attached. */
  readonly trusted: string | null;
  /** Empty: none. */
  readonly statements: readonly Statement[];
}

const VERSION = '2012-10-17';

/** Formatters of policies by name of the format. */
export const POLICY_FORMATS: Readonly<Record<string, (policies: readonly RolePolicy[], pool: string) => string>> = {
  json: (policies) => {
    const [only, ...others] = policies;
    if (only !== undefined && others.length === 0) return textOf(documentOf(only));
    return textOf(Object.fromEntries(policies.map((policy) => [policy.role, documentOf(policy)])));
  },
  terraform: (policies, pool) => policies.map((policy) => terraformOf(policy, pool)).join('\n'),
  cloudformation: (policies, pool) => {
    const resources = policies.map((policy) => resourceOf(policy, pool));
    return textOf({
      AWSTemplateFormatVersion: '2010-09-09',
      Description: `Permissions of work pool ${pool}`,
      Resources: Object.fromEntries(resources),
      Outputs: Object.fromEntries(resources.map(([name, { Type }]) => [`${name}Arn`, outputOf(name, Type)])),
    });
  },
};

function documentOf({ statements }: RolePolicy) {
  return { Version: VERSION, Statement: statements };
}

function trustOf(service: string) {
  return {
    Version: VERSION,
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  };
}

function terraformOf(policy: RolePolicy, pool: string): string {
  const { role, trusted, statements } = policy;
  const name = nameOf(role, pool);
  const encoded = (value: object): string =>
    `jsonencode(${textOf(value).trimEnd().replaceAll('${', '$${').replaceAll('\n', '\n  ')})`;
  const managed = `resource "aws_iam_policy" "${role}" {\n  name   = "${name}"\n  policy = ${encoded(documentOf(policy))}\n}\n`;
  if (trusted === null) return managed;
  const own = `resource "aws_iam_role" "${role}" {\n  name               = "${name}"\n  assume_role_policy = ${encoded(trustOf(trusted))}\n}\n`;
  if (statements.length === 0) return own;
  return `${own}\n${managed}\nresource "aws_iam_role_policy_attachment" "${role}" {\n  role       = aws_iam_role.${role}.name\n  policy_arn = aws_iam_policy.${role}.arn\n}\n`;
}

function resourceOf(
  policy: RolePolicy,
  pool: string,
): readonly [string, { readonly Type: string; readonly Properties: object }] {
  const { role, trusted, statements } = policy;
  const name = nameOf(role, pool);
  const logical = role.charAt(0).toUpperCase() + role.slice(1);
  if (trusted === null) {
    const Properties = { ManagedPolicyName: name, PolicyDocument: documentOf(policy) };
    return [`${logical}Policy`, { Type: 'AWS::IAM::ManagedPolicy', Properties }];
  }
  const inline =
    statements.length === 0 ? {} : { Policies: [{ PolicyName: name, PolicyDocument: documentOf(policy) }] };
  const Properties = { RoleName: name, AssumeRolePolicyDocument: trustOf(trusted), ...inline };
  return [`${logical}Role`, { Type: 'AWS::IAM::Role', Properties }];
}

function outputOf(name: string, type: string) {
  return { Value: type === 'AWS::IAM::Role' ? { 'Fn::GetAtt': [name, 'Arn'] } : { Ref: name } };
}

/** Maximum length of a role name in IAM: 64 characters. */
function nameOf(role: string, pool: string): string {
  const room = 64 - 'worker-host--'.length - role.length;
  return `worker-host-${pool.replace(/[^\w+=,.@-]+/g, '-').slice(0, room)}-${role}`;
}

function textOf(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
