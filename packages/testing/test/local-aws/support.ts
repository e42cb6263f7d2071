import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EC2Client } from '@aws-sdk/client-ec2';
import {
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type RunTaskCommandInput,
  type RunTaskCommandOutput,
} from '@aws-sdk/client-ecs';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import type { Clock } from '@worker-host/core';
import { expect } from 'chai';

import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../src/local-aws/index.js';

/** A local AWS with a client for each service. */
export interface Subject {
  readonly aws: LocalAws;
  readonly ecs: ECSClient;
  readonly ec2: EC2Client;
  readonly logs: CloudWatchLogsClient;
  readonly sqs: SQSClient;
  readonly sts: STSClient;
  readonly clientOptions: ReturnType<typeof clientOptions>;
}

const opened: { close: () => Promise<void> }[] = [];

function clientOptions(aws: LocalAws) {
  return {
    endpoint: aws.url,
    region: aws.region,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
  };
}

/** Starts a local AWS for one test; {@link closeSubjects} ends it. */
export async function createSubject(options: LocalAwsOptions = {}): Promise<Subject> {
  const aws = await startLocalAws(options);
  const shared = clientOptions(aws);
  const clients = {
    ecs: new ECSClient(shared),
    ec2: new EC2Client(shared),
    logs: new CloudWatchLogsClient(shared),
    sqs: new SQSClient(shared),
    sts: new STSClient(shared),
  };
  opened.push({
    close: async () => {
      for (const client of Object.values(clients)) client.destroy();
      await aws.close();
    },
  });
  return { aws, ...clients, clientOptions: shared };
}

export async function closeSubjects(): Promise<void> {
  await Promise.all(opened.splice(0).map((subject) => subject.close()));
}

/** Registers a small Fargate definition with one container, `main`. */
export async function registerFargate(
  { ecs }: Subject,
  family = 'job',
  container: Record<string, unknown> = {},
  definition: Record<string, unknown> = {},
): Promise<string> {
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      networkMode: 'awsvpc',
      requiresCompatibilities: ['FARGATE'],
      cpu: '256',
      memory: '512',
      executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      containerDefinitions: [{ name: 'main', image: 'any', ...container }],
      ...definition,
    }),
  );
  return taskDefinition?.taskDefinitionArn ?? '';
}

/** Returns a RunTask request for a Fargate definition of {@link registerFargate}. */
export function fargateRequest(subject: Subject, request: Partial<RunTaskCommandInput> = {}): RunTaskCommandInput {
  const subnets = [...subject.aws.network.subnets.keys()];
  return {
    taskDefinition: 'job',
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets, assignPublicIp: 'ENABLED' } },
    ...request,
  };
}

/** Returns the overrides with which container `main` runs a shell script. */
export function shell(script: string, environment: Record<string, string> = {}) {
  const entries = Object.entries(environment).map(([name, value]) => ({ name, value }));
  return { containerOverrides: [{ name: 'main', command: ['sh', '-c', script], environment: entries }] };
}

export async function launch(
  subject: Subject,
  request: Partial<RunTaskCommandInput> = {},
): Promise<RunTaskCommandOutput> {
  return subject.ecs.send(new RunTaskCommand(fargateRequest(subject, request)));
}

/** Launches one task and returns its ARN. */
export async function launchOne(subject: Subject, request: Partial<RunTaskCommandInput> = {}): Promise<string> {
  const { tasks } = await launch(subject, request);
  expect(tasks).to.have.length(1);
  return tasks?.[0]?.taskArn ?? '';
}

/** Returns the lines of a stream, from the store itself. */
export function linesOf({ aws }: Subject, group: string, stream: string): string[] {
  return aws.logs.stream(group, stream).events.map((event) => event.message);
}

export function unconfiguredLines(subject: Subject, taskArn: string, container = 'main'): string[] {
  return linesOf(subject, '/local-aws/ecs', `local/${container}/${idOf(taskArn)}`);
}

export function idOf(taskArn: string): string {
  return taskArn.split('/').at(-1) ?? '';
}

/** Expects a call to be rejected, and returns the error. */
export async function refusal(call: Promise<unknown>, name: string, text?: string | RegExp): Promise<Error> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error, 'the call should have been refused').to.be.instanceOf(Error);
  expect((error as Error).name).to.equal(name);
  if (typeof text === 'string') expect((error as Error).message).to.equal(text);
  if (text instanceof RegExp) expect((error as Error).message).to.match(text);
  return error as Error;
}

/** A clock that a test advances. */
export class ManualClock implements Clock {
  #nowMs = Date.UTC(2026, 0, 1);
  #sleepers: { readonly atMs: number; readonly wake: () => void }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ atMs: this.#nowMs + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }

  random(): number {
    return 0.5;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#sleepers.filter((sleeper) => sleeper.atMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.atMs > this.#nowMs);
    for (const sleeper of due) sleeper.wake();
  }
}

/** No time in any phase: with a {@link ManualClock} a task only waits for its containers. */
export const NO_PHASES = { provisioningMs: 0, pendingMs: 0, pullMs: 0, deprovisioningMs: 0 };
