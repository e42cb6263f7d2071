import { jsonText } from '../../utilities/json-text.js';
import { objectsIn } from '../capacity.js';
import { objectOf, type TaskRunRule } from './task-run-to-check.js';

/** Prefixes of option names that only one driver accepts. */
const PREFIXES: Readonly<Record<string, string>> = {
  'awslogs-': 'awslogs',
  'splunk-': 'splunk',
  'fluentd-': 'fluentd',
  'gelf-': 'gelf',
  'syslog-': 'syslog',
};

/** Options of a log driver that belong to another one. */
export const logOptionsOfDriver: TaskRunRule = ({ taskDefinition, configuration }) =>
  objectsIn(taskDefinition.containerDefinitions).flatMap(({ name, logConfiguration }, index) => {
    const { logDriver, options } = objectOf(logConfiguration);
    return Object.keys(objectOf(options)).flatMap((option) => {
      const driver = driverOf(option);
      if (driver === null || driver === logDriver || isOfDestination(logDriver, driver)) return [];
      const isOurs =
        configuration.configureCloudwatchLogs && Object.hasOwn(configuration.cloudwatchLogsOptions, option);
      const container = `task_definition.containerDefinitions[${index}].logConfiguration.options`;
      return [
        {
          path: `${isOurs ? 'cloudwatch_logs_options' : container}.${option}`,
          expected: `an option of the log driver ${jsonText(logDriver)}`,
          found: `one of ${driver}, in container ${jsonText(name)}`,
          suggestion: isOurs ? 'to omit the option' : `logDriver ${driver}, or to omit the option`,
        },
      ];
    });
  });

export const executionRoleOfLogs: TaskRunRule = ({ taskDefinition, configuration }) =>
  !configuration.configureCloudwatchLogs || taskDefinition.executionRoleArn
    ? []
    : [
        {
          path: 'configure_cloudwatch_logs',
          expected: 'an executionRoleArn on the task definition, which ECS uses to write the logs',
          found: 'none',
          suggestion: 'execution_role_arn, or a definition with executionRoleArn',
        },
      ];

/** FireLens passes options on to its target; only those for CloudWatch have another form there. */
function isOfDestination(logDriver: unknown, driver: string): boolean {
  return logDriver === 'awsfirelens' && driver !== 'awslogs';
}

function driverOf(option: string): string | null {
  const prefix = Object.keys(PREFIXES).find((candidate) => option.startsWith(candidate));
  return prefix === undefined ? null : (PREFIXES[prefix] ?? null);
}
