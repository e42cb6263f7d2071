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

/** What a configuration was rendered with. */
export interface RenderedWith {
  /** Names of the job variables that deployment and run gave, dotted ones as they were written. */
  readonly jobVariables: readonly string[];
  /** The worker's environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A class of configurations. */
export type JobConfigurationClass<C extends BaseJobConfiguration = BaseJobConfiguration> = {
  new (): C;
};

/**
 * What a run is launched with: the pool's template rendered with the run's variables, checked, then prepared for the
 * one run. Plugins subclass it and add fields.
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

  /** A text as configured; prepared, it may be any value that a whole placeholder stands for. */
  @Field({ wireName: 'name', type: 'string?', title: 'Name' })
  name: JsonValue = null;

  /** The `job_configuration` it was rendered from, placeholders and all; null: it was not rendered. */
  template: JsonObject | null = null;

  /** The `job_configuration` of a default base job template: each wire name with its template. */
  static jsonTemplate(): JsonObject {
    // biome-ignore lint/complexity/noThisInStatic: the fields are those of the subclass it is called on
    const fields = fieldsOf(this);
    return Object.fromEntries(fields.map(({ wireName, template }) => [wireName, template ?? `{{ ${wireName} }}`]));
  }

  /**
   * Renders a base job template with a run's variables (section 4 of the behaviour page), resolves block and variable
   * references, checks the result.
   *
   * @throws JobConfigurationError with every problem of the input at once.
   */
  static async fromTemplateAndValues<C extends BaseJobConfiguration>(
    this: JobConfigurationClass<C>,
    baseJobTemplate: JsonObject,
    values: JsonObject,
    context: RenderContext,
  ): Promise<C> {
    const rendered = await renderJobConfiguration(baseJobTemplate, values, context);
    // biome-ignore lint/complexity/noThisInStatic: the class is the subclass it is called on
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

  /** Puts in what only the run knows: environment, labels, name, command. Call once, on a fresh configuration. */
  prepareForFlowRun(context: PrepareContext): void {
    this.env = preparedEnvironment(this.env, context);
    this.labels = preparedLabels(this.labels, context);
    this.name = preparedName(this.name, context);
    this.command ??= context.defaultCommand;
  }

  /** What it was rendered with. Null: it was not rendered. */
  renderedWith: RenderedWith | null = null;

  /** The configuration in wire names. */
  toJSON(): JsonObject {
    return modelToJson(this);
  }

  /** Fills in what follows from other fields. Called after parsing, before {@link problems}. Default: nothing. */
  protected settle(): void {}

  /** What is wrong across fields. Default: nothing. */
  protected problems(): readonly ConfigurationProblem[] {
    return [];
  }

  /**
   * What would be found only later, told along with what was found, so that a person corrects all of it in one go. Called
   * only where something is wrong. Default: nothing.
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
