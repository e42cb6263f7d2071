import { isJsonObject, type JsonObject, type JsonValue } from '../json/json.js';
import { pythonStr } from '../python-text/python-text.js';
import { renderJobConfiguration } from '../templating/render.js';
import type { RenderContext } from '../templating/render-context.js';
import type { ConfigurationProblem } from './configuration-problem.js';
import { Field, fieldsOf } from './field.js';
import { JobConfigurationError } from './job-configuration-error.js';
import { modelToJson, parseModel } from './parse-model.js';
import { preparedEnvironment, preparedLabels, preparedName } from './prepare.js';
import type { PrepareContext } from './prepare-context.js';
import { rememberSecrets } from './remember-secrets.js';

/** Input that a configuration was rendered with. */
export interface RenderedWith {
  /** Names of the job variables of deployment and run; dotted names as written. */
  readonly jobVariables: readonly string[];
  /** Environment of the worker. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A class of configurations. */
export type JobConfigurationClass<C extends BaseJobConfiguration = BaseJobConfiguration> = {
  new (): C;
};

/**
 * What a run is launched with: the pool's template rendered with the run's variables, checked, then prepared for that run.
 * Plugins subclass it and add fields.
 */
export class BaseJobConfiguration {
  @Field({
    wireName: 'command',
    type: 'string?',
    title: 'Command',
    coerce: (value) => (value === '' ? null : value),
  })
  command: string | null = null;

  @Field({ wireName: 'env', type: 'map<string?>', title: 'Environment Variables', coerce: textsOfEnvironment })
  env: Record<string, string | null> = {};

  @Field({ wireName: 'labels', type: 'map<string>', title: 'Labels' })
  labels: Record<string, string> = {};

  /** A text in the configuration. After preparation it can be any value that a whole placeholder resolved to. */
  @Field({ wireName: 'name', type: 'string?', title: 'Name' })
  name: JsonValue = null;

  /** The `job_configuration` it was rendered from, with placeholders. Null: it was not rendered. */
  template: JsonObject | null = null;

  /** The `job_configuration` of a default base job template: the template of each field by wire name. */
  static jsonTemplate(): JsonObject {
    // biome-ignore lint/complexity/noThisInStatic: the fields are those of the subclass the method is called on
    const fields = fieldsOf(this);
    return Object.fromEntries(fields.map(({ wireName, template }) => [wireName, template ?? `{{ ${wireName} }}`]));
  }

  /**
   * Renders a base job template with a run's variables (section 4 of the behaviour page), resolves block and variable
   * references, and checks the result.
   *
   * @throws JobConfigurationError with every problem of the input.
   */
  static async fromTemplateAndValues<C extends BaseJobConfiguration>(
    this: JobConfigurationClass<C>,
    baseJobTemplate: JsonObject,
    values: JsonObject,
    context: RenderContext,
  ): Promise<C> {
    const rendered = await renderJobConfiguration(baseJobTemplate, values, context);
    // biome-ignore lint/complexity/noThisInStatic: the class is the subclass the method is called on
    const { instance, problems } = parseModel<C>(this, rendered);
    rememberSecrets(instance, context.secrets);
    const { job_configuration: template = null } = baseJobTemplate;
    instance.template = isJsonObject(template) ? template : null;
    instance.renderedWith = { jobVariables: Object.keys(values), environment: context.environment };
    instance.settle();
    const found = [...problems, ...instance.problems()];
    if (found.length > 0) throw new JobConfigurationError([...found, ...instance.laterProblems(found)]);
    return instance;
  }

  /** Adds what depends on the run: environment, labels, name, command. Call it once, on a new configuration. */
  prepareForFlowRun(context: PrepareContext): void {
    this.env = preparedEnvironment(this.env, context);
    this.labels = preparedLabels(this.labels, context);
    this.name = preparedName(this.name, context);
    this.command ??= context.defaultCommand;
  }

  /** Input it was rendered with. Null: it was not rendered. */
  renderedWith: RenderedWith | null = null;

  /** The configuration in wire names. */
  toJSON(): JsonObject {
    return modelToJson(this);
  }

  /** Derives fields from other fields. Called after parsing, before {@link problems}. Default: does nothing. */
  protected settle(): void {}

  /** Returns problems that involve several fields. Default: none. */
  protected problems(): readonly ConfigurationProblem[] {
    return [];
  }

  /**
   * Returns problems that only a later step would find, so that users see all of them together. Called only if there are other
   * problems. Default: none.
   */
  protected laterProblems(_found: readonly ConfigurationProblem[]): readonly ConfigurationProblem[] {
    return [];
  }
}

function textsOfEnvironment(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, member === null ? null : pythonStr(member)]),
  );
}
