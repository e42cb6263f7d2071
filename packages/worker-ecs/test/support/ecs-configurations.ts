import { buildBaseJobTemplate, type JsonObject, SecretRegistry } from '@worker-host/core';
import { ECSJobConfiguration } from '../../src/configuration/ecs-job-configuration.js';
import { plugin } from '../../src/plugin.js';

const NO_REFERENCES = {
  readBlockDocumentById: async () => null,
  readBlockDocument: async () => null,
  readVariable: async () => null,
};

/** Parts of a template that replace those of the default one. */
export interface TemplateParts {
  readonly taskDefinition?: JsonObject;
  readonly taskRunRequest?: JsonObject;
  /** Additional keys of the job configuration. */
  readonly more?: JsonObject;
  /** Additional properties of the form. */
  readonly properties?: JsonObject;
}

/** Returns a configuration of the default template with these parts, rendered with these job variables. */
export function renderConfiguration(
  variables: JsonObject = {},
  parts: TemplateParts = {},
): Promise<ECSJobConfiguration> {
  return renderTemplate(templateWith(parts), variables);
}

/** Returns the default template with these parts. */
export function templateWith({
  taskDefinition,
  taskRunRequest,
  more = {},
  properties = {},
}: TemplateParts): JsonObject {
  const base = buildBaseJobTemplate(plugin);
  const form = base.variables as JsonObject;
  return {
    variables: { ...form, properties: { ...(form.properties as JsonObject), ...properties } },
    job_configuration: {
      ...(base.job_configuration as JsonObject),
      ...(taskDefinition ? { task_definition: taskDefinition } : {}),
      ...(taskRunRequest ? { task_run_request: taskRunRequest } : {}),
      ...more,
    },
  };
}

/** Returns a configuration of this template, rendered with these job variables. */
export function renderTemplate(template: JsonObject, variables: JsonObject): Promise<ECSJobConfiguration> {
  return ECSJobConfiguration.fromTemplateAndValues(template, variables, {
    references: NO_REFERENCES,
    environment: {},
    secrets: new SecretRegistry(),
  });
}
