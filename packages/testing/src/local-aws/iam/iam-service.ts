import { globalArnOf } from '../server/arn.js';
import { AwsError } from '../server/aws-error.js';
import type { IdSource } from '../server/id-source.js';
import type { Answer, CallContext, OperationTable, Params } from '../server/operation.js';
import { decide, type IamStore, type Role } from './iam-store.js';

/** IAM: roles, inline policies, and the policy simulator. Policies are not enforced on calls of other services. */
export function iamOperations(store: IamStore, account: string, ids: IdSource, nowMs: () => number): OperationTable {
  const roleOf = (params: Params): Role => {
    const name = String(params.RoleName ?? '');
    const role = store.roles.get(name);
    if (role !== undefined) return role;
    throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`, { status: 404 });
  };
  const userArn = (params: Params, call: CallContext): string =>
    globalArnOf('iam', call.region, account, `user/${String(params.UserName ?? '')}`);
  return {
    CreateRole: (params, call) => {
      const name = String(params.RoleName ?? '');
      if (store.roles.has(name))
        throw new AwsError('EntityAlreadyExists', `Role with name ${name} already exists.`, { status: 409 });
      const path = String(params.Path ?? '/');
      const role: Role = {
        name,
        path,
        arn: globalArnOf('iam', call.region, account, `role${path}${name}`),
        id: `AROA${ids.hex(16).toUpperCase()}`,
        createdAtMs: nowMs(),
        trustPolicy: String(params.AssumeRolePolicyDocument ?? '{}'),
      };
      store.roles.set(name, role);
      return { Role: roleElement(role) };
    },
    GetRole: (params) => ({ Role: roleElement(roleOf(params)) }),
    DeleteRole: (params) => {
      store.roles.delete(roleOf(params).name);
      return {};
    },
    PutRolePolicy: (params) => {
      store.putPolicy(roleOf(params).arn, String(params.PolicyName), String(params.PolicyDocument));
      return {};
    },
    DeleteRolePolicy: (params) => {
      store.deletePolicy(roleOf(params).arn, String(params.PolicyName));
      return {};
    },
    PutUserPolicy: (params, call) => {
      store.putPolicy(userArn(params, call), String(params.PolicyName), String(params.PolicyDocument));
      return {};
    },
    DeleteUserPolicy: (params, call) => {
      store.deletePolicy(userArn(params, call), String(params.PolicyName));
      return {};
    },
    SimulatePrincipalPolicy: (params) => ({ EvaluationResults: simulate(store, params), IsTruncated: false }),
  };
}

function simulate(store: IamStore, params: Params): readonly Answer[] {
  const source = String(params.PolicySourceArn ?? '');
  const isRole = /:role\//.test(source);
  const isThere = !isRole || [...store.roles.values()].some(({ arn }) => arn === source);
  if (!isThere) throw new AwsError('NoSuchEntity', `The role ${source} cannot be found.`, { status: 404 });
  const statements = store.statementsOf(source) ?? (isRole ? [] : [{ Effect: 'Allow', Action: '*', Resource: '*' }]);
  const entries = (params.ContextEntries ?? []) as readonly { ContextKeyName?: string; ContextKeyValues?: string[] }[];
  const context = new Map(
    entries.map(({ ContextKeyName, ContextKeyValues }) => [
      (ContextKeyName ?? '').toLowerCase(),
      ContextKeyValues?.[0] ?? '',
    ]),
  );
  const actions = (params.ActionNames ?? []) as readonly string[];
  const resources = (params.ResourceArns ?? ['*']) as readonly string[];
  return actions.flatMap((action) =>
    resources.map((resource) => ({
      EvalActionName: action,
      EvalResourceName: resource,
      EvalDecision: decide(statements, { action, resource, context }),
    })),
  );
}

function roleElement(role: Role): Answer {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: new Date(role.createdAtMs).toISOString(),
    AssumeRolePolicyDocument: encodeURIComponent(role.trustPolicy),
    MaxSessionDuration: 3600,
  };
}
