import type { Clock } from '@worker-host/core';
import { isThrottle, isUnanswered } from '../aws/aws-error-facts.js';
import type { RegisterTaskDefinition } from './task-definition-resolver.js';

/** How patient a registration is. */
export interface RegistrationPatience {
  /** Tries in all [PREFECT_INTEGRATIONS_AWS_ECS_WORKER_REGISTER_TASK_DEFINITION_MAX_ATTEMPTS]. Default: 3. */
  readonly maxAttempts: number;
  /** First pause, in seconds [..._INITIAL_DELAY_SECONDS]. Default: 1. */
  readonly initialDelaySeconds: number;
  /** Longest pause, in seconds [..._MAX_DELAY_SECONDS]. Default: 10. */
  readonly maxDelaySeconds: number;
}

const PREFIX = 'PREFECT_INTEGRATIONS_AWS_ECS_WORKER_REGISTER_TASK_DEFINITION';

/** Reads the patience from the environment; what is no number of its kind is the default. */
export function readRegistrationPatience(
  environment: Readonly<Record<string, string | undefined>>,
): RegistrationPatience {
  const read = (name: string, fallback: number, lowest: number): number => {
    const value = Number(environment[`${PREFIX}_${name}`]?.trim() || Number.NaN);
    return Number.isFinite(value) && value >= lowest ? value : fallback;
  };
  return {
    maxAttempts: Math.trunc(read('MAX_ATTEMPTS', 3, 1)),
    initialDelaySeconds: read('INITIAL_DELAY_SECONDS', 1, 0),
    maxDelaySeconds: read('MAX_DELAY_SECONDS', 10, 0),
  };
}

/** Registers, and tries again where another try may succeed, with growing pauses. */
export function createRegistration(patience: RegistrationPatience, clock: Clock): RegisterTaskDefinition {
  return async (definition, clients, { logger, signal }) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await clients.ecs.registerTaskDefinition(definition, signal ? { signal } : {});
      } catch (error) {
        if (attempt >= patience.maxAttempts || !mayPass(error)) throw error;
        const ceilingSeconds = Math.min(patience.maxDelaySeconds, patience.initialDelaySeconds * 2 ** (attempt - 1));
        const delaySeconds = ceilingSeconds * (0.5 + clock.random() / 2);
        logger.warn('A task definition could not be registered; it is tried again', {
          family: definition.family,
          attempt,
          delaySeconds,
          error,
        });
        await clock.sleep(delaySeconds * 1000, signal);
      }
    }
  };
}

function mayPass(error: unknown): boolean {
  if (isThrottle(error) || isUnanswered(error)) return true;
  return error instanceof Error && /too many concurrent attempts/i.test(error.message);
}
