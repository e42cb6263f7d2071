import type { JsonObject } from '../json/json.js';
import type { Deployment, Flow, FlowRun, WorkPool } from '../orchestration/nouns.js';
import type { ReferenceReader } from '../orchestration/reference-reader.js';
import type { SecretRegistry } from '../secrets/secret-registry.js';
import { Field } from './field.js';

/** A class of configurations. */
export type JobConfigurationClass<C extends BaseJobConfiguration = BaseJobConfiguration> = {
  new (): C;
};

/** All that a configuration is prepared with for one run. */
export interface PrepareContext {
  readonly flowRun: FlowRun;
  readonly deployment: Deployment | null;
  readonly flow: Flow | null;
  readonly workPool: Pick<WorkPool, 'id' | 'name'> | null;
  readonly worker: { readonly id: string | null; readonly name: string };
  /** Environment of every job, weakest of all (forwarded settings). */
  readonly environment: Readonly<Record<string, string>>;
  /** For the version label. */
  readonly prefectVersion: string;
  /** Command of a job that names none; null: the infrastructure's own. */
  readonly defaultCommand: string | null;
}

/** What a template is rendered with. */
export interface RenderContext {
  readonly references: ReferenceReader;
  /** Environment of the worker, for `{{ $NAME }}`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told every secret that is substituted. */
  readonly secrets: SecretRegistry;
}

/**
 * What a run is launched with: the pool's template rendered with the run's variables, checked, then prepared for the
 * one run. Plugins subclass it and add fields.
 */
export class BaseJobConfiguration {
  @Field({ wireName: 'command', type: 'string?', title: 'Command' })
  command: string | null = null;

  @Field({ wireName: 'env', type: 'map<string?>', title: 'Environment Variables' })
  env: Record<string, string | null> = {};

  @Field({ wireName: 'labels', type: 'map<string>', title: 'Labels' })
  labels: Record<string, string> = {};

  @Field({ wireName: 'name', type: 'string?', title: 'Name' })
  name: string | null = null;

  /** The `job_configuration` of a default base job template: each wire name with its template. */
  static jsonTemplate(): JsonObject {
    throw new Error('to be written by the owner of worker-core');
  }

  /**
   * Renders a base job template with a run's variables (section 4 of the behaviour page), resolves block and variable
   * references, checks the result.
   *
   * @throws JobConfigurationError with every problem of the input at once.
   */
  static fromTemplateAndValues<C extends BaseJobConfiguration>(
    this: JobConfigurationClass<C>,
    _baseJobTemplate: JsonObject,
    _values: JsonObject,
    _context: RenderContext,
  ): Promise<C> {
    throw new Error('to be written by the owner of worker-core');
  }

  /** Puts in what only the run knows: environment, labels, name, command. Call once, on a fresh configuration. */
  prepareForFlowRun(_context: PrepareContext): void {
    throw new Error('to be written by the owner of worker-core');
  }

  /** The configuration in wire names. */
  toJSON(): JsonObject {
    throw new Error('to be written by the owner of worker-core');
  }
}
