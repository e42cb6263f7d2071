import { globalArnOf } from '../server/arn.js';
import { AwsError } from '../server/aws-error.js';
import type { OperationTable } from '../server/operation.js';
import type { Sessions } from './sessions.js';

const ROLE_ARN = /^arn:aws[\w-]*:iam::(\d{12}):role\/(?:.*\/)?([\w+=,.@-]{1,64})$/;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const DEFAULT_SESSION_SECONDS = 3600;
const MIN_SESSION_SECONDS = 900;
const MAX_SESSION_SECONDS = 43_200;

/** STS: caller identity and assumed roles. Any role of any account can be assumed. */
export function stsOperations(sessions: Sessions, sessionSeconds: number | null): OperationTable {
  return {
    GetCallerIdentity: (_params, call) => {
      const session = sessions.find(call.accessKeyId);
      if (session === null) {
        const arn = globalArnOf('iam', call.region, call.account, 'user/local');
        return { Arn: arn, UserId: 'AIDALOCALAWSUSER', Account: call.account };
      }
      const roleName = ROLE_ARN.exec(session.roleArn)?.[2] ?? '';
      return {
        Arn: globalArnOf('sts', call.region, session.account, `assumed-role/${roleName}/${session.name}`),
        UserId: `${session.roleId}:${session.name}`,
        Account: session.account,
      };
    },
    AssumeRole: (params, call) => {
      const roleArn = String(params.RoleArn ?? '');
      const name = String(params.RoleSessionName ?? '');
      const asked = params.DurationSeconds === undefined ? DEFAULT_SESSION_SECONDS : Number(params.DurationSeconds);
      const [, account, roleName] = ROLE_ARN.exec(roleArn) ?? [];
      if (account === undefined || roleName === undefined) throw validationError(`${roleArn} is invalid`);
      if (!SESSION_NAME.test(name)) {
        throw validationError(
          `1 validation error detected: Value '${name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*`,
        );
      }
      if (!(asked >= MIN_SESSION_SECONDS && asked <= MAX_SESSION_SECONDS)) {
        throw validationError(
          `1 validation error detected: Value '${params.DurationSeconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value between ${MIN_SESSION_SECONDS} and ${MAX_SESSION_SECONDS}`,
        );
      }
      const session = sessions.create(roleArn, account, name, sessionSeconds ?? asked);
      return {
        Credentials: {
          AccessKeyId: session.accessKeyId,
          SecretAccessKey: session.secretAccessKey,
          SessionToken: session.sessionToken,
          Expiration: new Date(session.expiresAtMs).toISOString(),
        },
        AssumedRoleUser: {
          AssumedRoleId: `${session.roleId}:${name}`,
          Arn: globalArnOf('sts', call.region, account, `assumed-role/${roleName}/${name}`),
        },
      };
    },
  };
}

function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message);
}
