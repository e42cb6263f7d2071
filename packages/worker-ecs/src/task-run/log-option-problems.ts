import { type ConfigurationProblem, isJsonObject, type JsonObject } from '@worker-host/core';

/** What names of options begin with that only one driver takes. */
const PREFIXES: Readonly<Record<string, string>> = {
  'awslogs-': 'awslogs',
  'splunk-': 'splunk',
  'fluentd-': 'fluentd',
  'gelf-': 'gelf',
  'syslog-': 'syslog',
};

/** Options of log drivers that belong to another driver than the container's, which AWS would refuse. Pure. */
export function logOptionProblems({ containerDefinitions }: JsonObject): readonly ConfigurationProblem[] {
  const containers = Array.isArray(containerDefinitions) ? containerDefinitions.filter(isJsonObject) : [];
  return containers.flatMap(({ name, logConfiguration }) => {
    if (!isJsonObject(logConfiguration) || !isJsonObject(logConfiguration.options)) return [];
    const driver = String(logConfiguration.logDriver);
    return Object.keys(logConfiguration.options)
      .filter((option) => driverOf(option) !== null && driverOf(option) !== driver)
      .map((option) => ({
        path: `task_definition.containerDefinitions.${String(name)}.logConfiguration.options.${option}`,
        expected: `an option of the log driver ${driver}`,
        found: `one of ${driverOf(option)}`,
        suggestion: `logDriver ${driverOf(option)}, or leave the option out`,
      }));
  });
}

function driverOf(option: string): string | null {
  const prefix = Object.keys(PREFIXES).find((candidate) => option.startsWith(candidate));
  return prefix === undefined ? null : (PREFIXES[prefix] ?? null);
}
