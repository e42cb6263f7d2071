import type { ContainerDefinition, ContainerOverride } from '../ecs-types.js';

/** Placeholder for a secret whose value was not given to the local AWS. */
export function secretPlaceholder(valueFrom: string): string {
  return `local-aws-secret(${valueFrom})`;
}

/**
 * Returns the environment of a container: a small base, what the server adds to all tasks, the definition's variables,
 * its secrets, and the overrides of this launch; later ones win. Nothing else of the server's environment is passed on.
 */
export function containerEnvironment(
  definition: ContainerDefinition,
  override: ContainerOverride | null,
  base: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  const environment: Record<string, string> = { ...base };
  for (const { name, value } of definition.environment) environment[name] = String(value);
  for (const { name, valueFrom } of definition.secrets ?? []) {
    environment[name] = Object.hasOwn(secrets, valueFrom) ? String(secrets[valueFrom]) : secretPlaceholder(valueFrom);
  }
  for (const { name, value } of override?.environment ?? []) environment[name] = String(value);
  return environment;
}

/** Returns entry point and command of a container; empty if only its image defines them. */
export function containerCommand(definition: ContainerDefinition, override: ContainerOverride | null): string[] {
  const command = override?.command?.length ? override.command : (definition.command ?? []);
  return [...(definition.entryPoint ?? []), ...command];
}
