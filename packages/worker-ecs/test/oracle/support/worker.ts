import 'reflect-metadata';
import { SecretRegistry, silentEventSink, silentLogger, silentMeter, TOKENS } from '@worker-host/core';
import { ECS_TOKENS, ECSWorker, plugin, SdkAwsClientsProvider, SdkCredentialSource } from '@worker-host/ecs';
import { container } from 'tsyringe';
import { FakeAwsHandler } from '../world/aws-handler.js';
import type { FakeWorld } from '../world/fake-world.js';
import { InstantClock } from './instant-clock.js';

const PATIENCE = {
  WORKER_HOST_ECS_CAPACITY_WAIT_SECONDS: '0',
  WORKER_HOST_ECS_LAUNCH_PATIENCE_SECONDS: '0',
  PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_ENABLED: 'false',
};

/**
 * Path to the fake AWS: the SDK itself, with a handler instead of the network. Nothing below retries calls to ECS, because the
 * cases were recorded above the retries of Prefect's SDK.
 */
export function clientsOf(
  world: () => FakeWorld,
  environment: Readonly<Record<string, string>>,
  clock = new InstantClock(),
): SdkAwsClientsProvider {
  const handler = new FakeAwsHandler(world);
  const source = new SdkCredentialSource(clock, handler);
  return new SdkAwsClientsProvider({ environment }, new SecretRegistry(), silentLogger, source, handler);
}

/** Creates a worker as the host does, on the AWS of a case. */
export function workerOf(
  world: () => FakeWorld,
  environment: Readonly<Record<string, string>>,
  names: { readonly workPoolName: string; readonly workerName: string },
): ECSWorker {
  const child = container.createChildContainer();
  const clock = new InstantClock();
  const whole = { ...PATIENCE, ...environment };
  child.register(TOKENS.Logger, { useValue: silentLogger });
  child.register(TOKENS.Clock, { useValue: clock });
  child.register(TOKENS.Meter, { useValue: silentMeter });
  child.register(TOKENS.Secrets, { useValue: new SecretRegistry() });
  child.register(TOKENS.Events, { useValue: silentEventSink });
  child.register(TOKENS.WorkerOptions, {
    useValue: { workerType: 'ecs', ...names, environment: whole, hostCollectsOutput: false },
  });
  plugin.register(child);
  child.register(ECS_TOKENS.AwsClients, { useValue: clientsOf(world, whole, clock) });
  const worker = child.resolve(TOKENS.Worker);
  if (!(worker instanceof ECSWorker)) throw new Error('the plugin made another worker than an ECSWorker');
  return worker;
}
