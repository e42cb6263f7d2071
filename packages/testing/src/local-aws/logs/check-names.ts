import { type AwsError, invalidParameter } from '../server/aws-error.js';

const MAX_NAME = 512;
const GROUP_NAME = /^[.\-_/#A-Za-z0-9]+$/;
const STREAM_NAME = /^[^:*]+$/;

/** Throws the error of CloudWatch for an invalid group name. */
export function checkGroupName(name: string): void {
  check(name, 'logGroupName', GROUP_NAME, '[\\.\\-_/#A-Za-z0-9]+');
}

/** Throws the error of CloudWatch for an invalid stream name, which must contain neither `:` nor `*`. */
export function checkStreamName(name: string): void {
  check(name, 'logStreamName', STREAM_NAME, '[^:*]*');
}

function check(name: string, member: string, pattern: RegExp, patternText: string): void {
  if (name.length > MAX_NAME) {
    throw refused(name, member, `Member must have length less than or equal to ${MAX_NAME}`);
  }
  if (!pattern.test(name)) {
    throw refused(name, member, `Member must satisfy regular expression pattern: ${patternText}`);
  }
}

function refused(name: string, member: string, constraint: string): AwsError {
  return invalidParameter(
    `1 validation error detected: Value '${name}' at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}
