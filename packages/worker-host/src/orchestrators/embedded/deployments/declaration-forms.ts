import type { JsonObject, JsonValue } from '@worker-host/core';
import type { LimitRule, OnLimit, RunConcurrency } from '../limits/limit-types.js';
import type { JobPolicy, JobRetries } from '../runs/job-policy.js';
import { USUAL_PRIORITY } from '../runs/run-order.js';
import type { Schedule, ScheduleRules, ScheduleTimes } from '../schedules/schedule-types.js';
import type { NewDeployment } from './deployments.js';

const UNIT_SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 };

/** An object in the form of a file; the schema of the file defines its members. */
export type Form = JsonObject;

/** A deployment, and whether it is paused. */
export interface DeclaredDeployment extends NewDeployment {
  readonly isPaused: boolean;
}

/** Returns the deployment that a form describes, with its defaults. */
export function deploymentOf(name: string, form: Form): DeclaredDeployment {
  const { command, pool, queue, priority } = form;
  const policy = policyOf(form);
  return {
    name,
    workPoolName: String(pool),
    workQueueName: typeof queue === 'string' ? queue : 'default',
    jobVariables: { ...objectOf(form.job_variables), ...(command === undefined ? {} : { command }) },
    parameters: objectOf(form.parameters),
    tags: listOf(form.tags).map(String),
    schedules: listOf(form.schedules).map((each) => scheduleOf(objectOf(each))),
    limit: form.limit === undefined ? null : ruleOf(objectOf(form.limit)),
    concurrency: form.concurrency_key === undefined ? null : concurrencyOf(objectOf(form.concurrency_key)),
    policy: Object.keys(policy).length === 0 ? null : policy,
    priority: typeof priority === 'number' ? priority : USUAL_PRIORITY,
    description: typeof form.description === 'string' ? form.description : null,
    entrypoint: typeof form.entrypoint === 'string' ? form.entrypoint : null,
    isPaused: form.paused === true,
  };
}

/** Returns the form of a deployment, without default values. `deploymentOf` is the inverse. */
export function formOfDeployment(deployment: DeclaredDeployment): Form {
  const { workPoolName, workQueueName, jobVariables, parameters, tags, schedules } = deployment;
  const { limit = null, concurrency = null, policy = null, priority, isPaused } = deployment;
  const { description = null, entrypoint = null } = deployment;
  return {
    pool: workPoolName,
    ...(workQueueName === null || workQueueName === 'default' ? {} : { queue: workQueueName }),
    ...(description === null ? {} : { description }),
    ...(entrypoint === null ? {} : { entrypoint }),
    ...(isEmpty(jobVariables) ? {} : { job_variables: jobVariables }),
    ...(isEmpty(parameters) ? {} : { parameters }),
    ...(tags.length === 0 ? {} : { tags: [...tags] }),
    ...(isPaused ? { paused: true } : {}),
    ...(priority === undefined || priority === null || priority === USUAL_PRIORITY ? {} : { priority }),
    ...(limit === null ? {} : { limit: { max: limit.most, on_limit: limit.onLimit } }),
    ...(concurrency === null ? {} : { concurrency_key: formOfConcurrency(concurrency) }),
    ...(policy === null ? {} : formOfPolicy(policy)),
    ...(schedules.length === 0 ? {} : { schedules: schedules.map(formOfSchedule) }),
  };
}

/** Returns the limit that a form describes. */
export function ruleOf(form: Form): LimitRule {
  const { max, on_limit: onLimit, rate } = form;
  const { runs, per } = objectOf(rate);
  return {
    most: typeof max === 'number' ? max : null,
    onLimit: (typeof onLimit === 'string' ? onLimit : 'queue') as OnLimit,
    rate: rate === undefined ? null : { runs: Number(runs), perSeconds: secondsOf(per) },
  };
}

export function formOfRule({ most, onLimit, rate }: LimitRule): Form {
  return {
    ...(most === null ? {} : { max: most }),
    ...(onLimit === 'queue' ? {} : { on_limit: onLimit }),
    ...(rate === null ? {} : { rate: { runs: rate.runs, per: rate.perSeconds } }),
  };
}

/** Parses seconds: a number of them, or a text such as `10m`. */
export function secondsOf(value: JsonValue | undefined): number {
  const [, amount = '0', unit = ''] = /^([\d.]+)([smhd]?)$/.exec(String(value ?? '')) ?? [];
  return Number(amount) * (UNIT_SECONDS[unit] ?? 1);
}

export function objectOf(value: JsonValue | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function scheduleOf(form: Form): Schedule {
  const { cron, rrule, timezone = null, interval, anchor = null } = form;
  const rules = scheduleRulesOf(form);
  if (typeof cron === 'string') return { kind: 'cron', cron, timezone: timezone as string | null, ...rules };
  if (typeof rrule === 'string') return { kind: 'rrule', rrule, timezone: timezone as string | null, ...rules };
  return { kind: 'interval', intervalSeconds: secondsOf(interval), anchor: anchor as string | null, ...rules };
}

function scheduleRulesOf({
  name,
  overlap,
  jitter,
  catch_up: catchUp,
  catch_up_window: window,
  parameters,
}: Form): ScheduleRules {
  return {
    ...(name === undefined ? {} : { name: String(name) }),
    ...(overlap === undefined ? {} : { overlap: overlap as Schedule['overlap'] & string }),
    ...(jitter === undefined ? {} : { jitterSeconds: secondsOf(jitter) }),
    ...(catchUp === undefined ? {} : { catchUp: catchUp as Schedule['catchUp'] & string }),
    ...(window === undefined ? {} : { catchUpSeconds: secondsOf(window) }),
    ...(parameters === undefined ? {} : { parameters: objectOf(parameters) }),
  };
}

function formOfSchedule(schedule: Schedule): Form {
  const { name, overlap, jitterSeconds, catchUp, catchUpSeconds, parameters } = schedule;
  return {
    ...(name === undefined ? {} : { name }),
    ...formOfTimes(schedule),
    ...(overlap === undefined ? {} : { overlap }),
    ...(jitterSeconds === undefined ? {} : { jitter: jitterSeconds }),
    ...(catchUp === undefined ? {} : { catch_up: catchUp }),
    ...(catchUpSeconds === undefined ? {} : { catch_up_window: catchUpSeconds }),
    ...(parameters === undefined ? {} : { parameters }),
  };
}

function formOfTimes(times: ScheduleTimes): Form {
  if (times.kind === 'interval')
    return { interval: times.intervalSeconds, ...(times.anchor === null ? {} : { anchor: times.anchor }) };
  const zone: Form = times.timezone === null ? {} : { timezone: times.timezone };
  return times.kind === 'cron' ? { cron: times.cron, ...zone } : { rrule: times.rrule, ...zone };
}

function concurrencyOf({ key, max, on_limit: onLimit }: Form): RunConcurrency {
  if (max === undefined) return { key: String(key), rule: null };
  return { key: String(key), rule: { most: Number(max), onLimit: (onLimit ?? 'queue') as OnLimit } };
}

function formOfConcurrency({ key, rule }: RunConcurrency): Form {
  return { key, ...(rule === null ? {} : { max: rule.most, on_limit: rule.onLimit }) };
}

function policyOf({ retries, rules, time_limits: limits }: Form): JobPolicy {
  const { queue, start, run } = objectOf(limits);
  return {
    ...(retries === undefined ? {} : { retries: retriesOf(objectOf(retries)) }),
    ...(rules === undefined ? {} : { rules: listOf(rules).map((rule) => endRuleOf(objectOf(rule))) }),
    ...(limits === undefined
      ? {}
      : {
          limits: {
            ...(queue === undefined ? {} : { queueSeconds: secondsOf(queue) }),
            ...(start === undefined ? {} : { startSeconds: secondsOf(start) }),
            ...(run === undefined ? {} : { runSeconds: secondsOf(run) }),
          },
        }),
  };
}

function retriesOf({ attempts, delay, back_off: backOff, max_delay: maxDelay, jitter }: Form): JobRetries {
  return {
    attempts: Number(attempts),
    ...(delay === undefined ? {} : { delaySeconds: secondsOf(delay) }),
    ...(backOff === undefined ? {} : { backOff: backOff as JobRetries['backOff'] & string }),
    ...(maxDelay === undefined ? {} : { maxDelaySeconds: secondsOf(maxDelay) }),
    ...(jitter === undefined ? {} : { jitter: Number(jitter) }),
  };
}

function endRuleOf({ exit_codes: exitCodes, kind, reason, action }: Form) {
  return {
    ...(exitCodes === undefined ? {} : { exitCodes: String(exitCodes) }),
    ...(kind === undefined ? {} : { kind: String(kind) }),
    ...(reason === undefined ? {} : { reason: String(reason) }),
    action: action as 'retry' | 'fail' | 'complete',
  };
}

function formOfPolicy({ retries, rules, limits }: JobPolicy): Form {
  return {
    ...(retries === undefined
      ? {}
      : {
          retries: renamed(retries as unknown as JsonObject, {
            delaySeconds: 'delay',
            backOff: 'back_off',
            maxDelaySeconds: 'max_delay',
          }),
        }),
    ...(rules === undefined
      ? {}
      : { rules: rules.map((rule) => renamed(rule as unknown as JsonObject, { exitCodes: 'exit_codes' })) }),
    ...(limits === undefined
      ? {}
      : {
          time_limits: renamed(limits as unknown as JsonObject, {
            queueSeconds: 'queue',
            startSeconds: 'start',
            runSeconds: 'run',
          }),
        }),
  };
}

function renamed(value: JsonObject, names: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [names[name] ?? name, each]));
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function isEmpty(value: JsonObject): boolean {
  return Object.keys(value).length === 0;
}
