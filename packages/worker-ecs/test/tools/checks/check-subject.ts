import type { Finding, JsonObject } from '@worker-host/core';
import type { ECSJobConfiguration } from '../../../src/configuration/ecs-job-configuration.js';
import { readEcsSettings } from '../../../src/ecs-settings.js';
import type { CheckContext } from '../../../src/tools/checks/check-context.js';
import { type ScriptedAnswer, scriptedQuery } from './scripted-query.js';

export const ACCOUNT = '123456789012';
const QUEUE = 'PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME';

interface CheckSubject {
  readonly script: Readonly<Record<string, ScriptedAnswer>>;
  readonly request?: JsonObject;
  readonly definition?: JsonObject;
  readonly cluster?: string;
  /** Name, URL or ARN. */
  readonly queue?: string;
}

/** All that a check is given, on an AWS that answers by a script. */
export function checkContext({
  script,
  request = {},
  definition = {},
  cluster,
  queue = 'events',
}: CheckSubject): CheckContext {
  const configuration = { cluster: cluster ?? null, taskRunRequest: request } as unknown as ECSJobConfiguration;
  return {
    facts: { configuration, request, definition, isLinked: false },
    settings: readEcsSettings({ [QUEUE]: queue }),
    query: scriptedQuery(script),
    clients: {} as CheckContext['clients'],
    caller: { account: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:user/worker` },
    partition: 'aws',
    pool: 'mine',
  };
}

/** What is wrong, as `check: found`. */
export function alarmsOf(findings: readonly Finding[]): readonly string[] {
  return findings
    .filter(({ status }) => status === 'failed' || status === 'warning')
    .map(({ check, found }) => `${check}: ${found}`);
}
