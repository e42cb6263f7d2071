import { InfrastructureNotFound, isWorkerError, type JsonObject, parseModel } from '@worker-host/core';
import { AwsCredentials, ECSJobConfiguration } from '@worker-host/ecs';
import type { Expectation, ExpectedCall, OracleCase } from '../case-types.js';
import { messageOf, missingMentions } from '../compare/about.js';
import { callerDifferences } from '../compare/compare-callers.js';
import { type Difference, differences } from '../compare/difference.js';
import { divergencesOf } from '../compare/divergence.js';
import { distinct } from '../compare/normalise.js';
import { inAwsEnvironment } from '../support/aws-surroundings.js';
import { workerOf } from '../support/worker.js';
import { FakeWorld, type WorldCall } from '../world/fake-world.js';

type KillCase = Extract<OracleCase, { kind: 'kill' }>;

/** Ours calls the region in the task's ARN, whatever region the credentials have. */
const CALLER = ['accessKeyId', 'endpoint'] as const;

/** Runs a case of kind `kill`: stops one task. */
export async function differencesOfKill({ input, expect }: KillCase): Promise<readonly Difference[]> {
  const divergences = divergencesOf(expect.diverges);
  const world = new FakeWorld(input.world);
  const error = await inAwsEnvironment(input.environment ?? {}, input.world.region, async (environment) => {
    const worker = workerOf(() => world, environment, { workPoolName: 'ecs-pool', workerName: 'worker-1' });
    const configuration = new ECSJobConfiguration();
    if (input.awsCredentials !== undefined) {
      configuration.awsCredentials = input.awsCredentials && parseModel(AwsCredentials, input.awsCredentials).instance;
    }
    try {
      await worker.killInfrastructure(input.identifier, configuration, input.graceSeconds ?? 30);
      return null;
    } catch (thrown) {
      return thrown;
    } finally {
      await worker.teardown();
    }
  });
  if (expect.error) {
    if (error === null) return [{ path: 'error', expected: expect.error, got: 'no error' }];
    const found = missingMentions(messageOf(error), expect.error.about, 'error.about');
    const isNotFound = error instanceof InfrastructureNotFound;
    if ((expect.error.type === 'InfrastructureNotFound') !== isNotFound) {
      found.push({ path: 'error.type', expected: expect.error.type, got: messageOf(error) });
    }
    return [...found, ...differencesOfCalls(expect, world)];
  }
  if (error !== null) {
    if (divergences.has('ours-may-refuse') && isWorkerError(error)) return [];
    return [{ path: 'error', expected: 'no error', got: messageOf(error) }];
  }
  return [...differences(expect.result ?? null, null, 'result'), ...differencesOfCalls(expect, world)];
}

function differencesOfCalls({ calls = [] }: Expectation, world: FakeWorld): Difference[] {
  const caller = callerDifferences(calls, world.calls, CALLER);
  return [...differences(stopCalls(calls), stopCalls(world.calls), 'calls.StopTask'), ...caller];
}

function stopCalls(calls: readonly (ExpectedCall | WorldCall)[]) {
  const bare = ({ reason: _reason, ...rest }: JsonObject): JsonObject => rest;
  return distinct(calls.filter(({ operation }) => operation === 'StopTask').map(({ params }) => bare(params)));
}
