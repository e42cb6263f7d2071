import type { Clock } from '@worker-host/core';
import { isThrottle, isUnanswered } from '../aws/errors/aws-error-facts.js';
import type { RegistrationPatience } from '../ecs-settings.js';
import type { RegisterTaskDefinition } from './task-definition-resolver.js';

/** Registers with retries and increasing delays after transient errors. */
export function createRegistration(patience: RegistrationPatience, clock: Clock): RegisterTaskDefinition {
  return async (definition, clients, { logger, signal }) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await clients.ecs.registerTaskDefinition(definition, signal ? { signal } : {});
      } catch (error) {
        if (attempt >= patience.maxAttempts || !mayPass(error)) throw error;
        const ceilingSeconds = Math.min(patience.maxDelaySeconds, patience.initialDelaySeconds * 2 ** (attempt - 1));
        const delaySeconds = ceilingSeconds * (0.5 + clock.random() / 2);
        logger.warn('Registering a task definition failed; retrying', {
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
