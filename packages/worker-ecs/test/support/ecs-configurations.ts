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
  /** More properties of the form. */
  readonly properties?: JsonObject;
}

/** A configuration of the default template with these parts in it, rendered with these job variables. */
export function renderConfiguration(
  variables: JsonObject = {},
  parts: TemplateParts = {},
): Promise<ECSJobConfiguration> {
  return renderTemplate(templateWith(parts), variables);
}

/** The default template with these parts in it. */
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

/** A configuration of this template, rendered with these job variables. */
export function renderTemplate(template: JsonObject, variables: JsonObject): Promise<ECSJobConfiguration> {
  return ECSJobConfiguration.fromTemplateAndValues(template, variables, {
    references: NO_REFERENCES,
    environment: {},
    secrets: new SecretRegistry(),
  });
}
