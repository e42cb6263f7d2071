import {
  applyValues,
  expandDottedVariables,
  findPlaceholders,
  type JsonObject,
  type JsonValue,
  NotSet,
  resolveVariables,
} from '@worker-host/core';

/** Values of the placeholders of a prefect.yaml. */
export interface TemplateValues {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly variables: ReadonlyMap<string, JsonValue>;
  /** Values for outputs of build steps, by dotted name. */
  readonly outputs: JsonObject;
}

/** Placeholders that are resolved when a run is launched. */
const OF_RUNS = 'ctx.';

/**
 * Resolves a part of a prefect.yaml in the order of `prefect deploy`: variables, the environment, outputs of build steps.
 * References to blocks stay: they are resolved when a run is launched.
 */
export async function resolveTemplates(
  template: JsonValue,
  { environment, variables, outputs }: TemplateValues,
): Promise<{ readonly value: JsonValue; readonly problems: readonly string[] }> {
  const unknown = findPlaceholders(template).filter(
    ({ kind, name }) => kind === 'variable' && !variables.has(variableName(name)),
  );
  const inPlace = await resolveVariables(template, {
    readBlockDocument: async () => null,
    readBlockDocumentById: async () => null,
    readVariable: async (name) => {
      const value = variables.get(name);
      return value === undefined ? null : { name, value, isSecret: false };
    },
  });
  const known = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined),
  ) as JsonObject;
  const value = withValues(withValues(inPlace, known, environment), expandDottedVariables(outputs), environment);
  const open = findPlaceholders(value).filter(
    ({ kind, name }) => (kind === 'standard' && !name.startsWith(OF_RUNS)) || kind === 'env_var',
  );
  return {
    value,
    problems: [
      ...unknown.map(
        ({ match, name }) => `${match}: set the variable with: worker-host variable set ${variableName(name)} VALUE`,
      ),
      ...open.map(({ match, kind, name }) =>
        kind === 'env_var'
          ? `${match}: the environment variable ${name.replace(/^\$+/, '')} is not set`
          : `${match}: worker-host runs no build steps; pass the value with --set ${name}=VALUE`,
      ),
    ],
  };
}

function withValues(
  template: JsonValue,
  values: JsonObject,
  environment: Readonly<Record<string, string | undefined>>,
): JsonValue {
  const applied = applyValues(template, values, { removeNotSet: false, skipPrefixes: [OF_RUNS], environment });
  return applied === NotSet ? template : applied;
}

function variableName(placeholder: string): string {
  return placeholder.replace(/^prefect\.variables\./, '');
}
