import { buildBaseJobTemplate, type JsonObject, SecretRegistry } from '@worker-host/core';
import { ECSJobConfiguration } from '../../src/configuration/ecs-job-configuration.js';
import { plugin } from '../../src/plugin.js';

const NO_REFERENCES = {
  readBlockDocumentById: async () => null,
  readBlockDocument: async () => null,
  readVariable: async () => null,
};

/** Parts of a template in place of the default one's. */
export interface TemplateParts {
  readonly taskDefinition?: JsonObject;
  readonly taskRunRequest?: JsonObject;
  /** More keys of the job configuration. */
  readonly more?: JsonObject;
}

/** A configuration of the default template with these parts in it, rendered with these job variables. */
export function renderConfiguration(
  variables: JsonObject = {},
  { taskDefinition, taskRunRequest, more = {} }: TemplateParts = {},
): Promise<ECSJobConfiguration> {
  const base = buildBaseJobTemplate(plugin);
  const template = {
    ...base,
    job_configuration: {
      ...(base.job_configuration as JsonObject),
      ...(taskDefinition ? { task_definition: taskDefinition } : {}),
      ...(taskRunRequest ? { task_run_request: taskRunRequest } : {}),
      ...more,
    },
  };
  return ECSJobConfiguration.fromTemplateAndValues(template, variables, {
    references: NO_REFERENCES,
    environment: {},
    secrets: new SecretRegistry(),
  });
}
