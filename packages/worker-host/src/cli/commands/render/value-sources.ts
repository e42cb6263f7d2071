import {
  findPlaceholders,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  type PathStep,
  type Placeholder,
  type ValueOrigin,
} from '@worker-host/core';

/** Job variables of one origin; lists have the highest precedence first. */
export interface VariableLayer {
  /** For people. Example: `deployment`. */
  readonly name: string;
  readonly variables: JsonObject;
}

/** Input of a rendered and prepared configuration. */
export interface RenderedFrom {
  readonly template: JsonObject;
  /** Run before deployment. */
  readonly layers: readonly VariableLayer[];
  /** Environment of every job of the control plane. */
  readonly jobEnvironment: Readonly<Record<string, string>>;
}

const WORKER = 'worker';

/** Determines where the values of a body come from: template, pool default, deployment, run, settings or worker. */
export class ValueSources {
  readonly #template: JsonValue;
  readonly #properties: JsonObject;

  constructor(private readonly from: RenderedFrom) {
    const { job_configuration: template = null, variables } = from.template;
    this.#template = template;
    this.#properties = isJsonObject(variables) && isJsonObject(variables.properties) ? variables.properties : {};
  }

  /** Returns the source of a value of a body, for people. */
  sourceOf(path: readonly PathStep[], origins: readonly ValueOrigin[]): string {
    const origin = origins
      .filter((each) => each.path.every((step, index) => step === path[index]))
      .reduce<ValueOrigin | null>((best, each) => (each.path.length >= (best?.path.length ?? 0) ? each : best), null);
    if (origin?.from == null) return origin?.reason ? `${WORKER}: ${origin.reason}` : WORKER;
    return this.#sourceOfMember([...origin.from, ...path.slice(origin.path.length)]);
  }

  #sourceOfMember(path: readonly PathStep[]): string {
    const [member, name] = path;
    if (member === 'env' && typeof name === 'string') return this.#sourceOfEnvironment(name);
    if (member === 'labels' && typeof name === 'string') return this.#memberOf('labels', name) ?? WORKER;
    return this.#fromTemplate(path) ?? WORKER;
  }

  #sourceOfEnvironment(name: string): string {
    const given = this.#memberOf('env', name);
    if (given !== null) return given;
    return Object.hasOwn(this.from.jobEnvironment, name) ? `setting ${name} of the worker` : WORKER;
  }

  /**
   * Returns the source of a member of a variable whose layers are merged by name, such as `env`; otherwise of the
   * template.
   */
  #memberOf(variable: string, name: string): string | null {
    for (const layer of this.from.layers) {
      const { [variable]: value = null } = layer.variables;
      const isHere = isJsonObject(value) && Object.hasOwn(value, name);
      if (isHere || Object.hasOwn(layer.variables, `${variable}.${name}`))
        return `${layer.name} variable ${variable}.${name}`;
    }
    const { [variable]: property = null } = this.#properties;
    if (isJsonObject(property) && isJsonObject(property.default) && Object.hasOwn(property.default, name))
      return `pool default of ${variable}.${name}`;
    const own = isJsonObject(this.#template) ? this.#template[variable] : null;
    return isJsonObject(own) && Object.hasOwn(own, name) ? this.#fromTemplate([variable, name]) : null;
  }

  /** Null: the template has no value there. */
  #fromTemplate(path: readonly PathStep[]): string | null {
    let node: JsonValue = this.#template;
    for (const step of path) {
      if (typeof node === 'string') break;
      if (Array.isArray(node) && typeof step === 'number') node = (node[step] ?? null) as JsonValue;
      else if (isJsonObject(node) && Object.hasOwn(node, step)) node = node[step] ?? null;
      else return null;
    }
    if (node === null) return null;
    const placeholders = findPlaceholders(node);
    if (placeholders.length === 0) return 'template';
    const sources = placeholders.map((placeholder) => this.#sourceOfPlaceholder(placeholder));
    const known = sources.filter((source): source is string => source !== null);
    return known.length === 0 ? null : [...new Set(known)].join(', ');
  }

  #sourceOfPlaceholder({ kind, name }: Placeholder): string | null {
    if (kind === 'block_document') return `block ${name.replace(/^prefect\.blocks\./, '')}`;
    if (kind === 'variable') return `variable ${name.replace(/^prefect\.variables\./, '')} of the control plane`;
    if (kind === 'env_var') return `environment variable ${name.slice(1)} of the worker`;
    if (name.startsWith('ctx.')) return 'run';
    const [base = name] = name.split(/[.[]/, 1);
    for (const { name: layer, variables } of this.from.layers) {
      const isGiven = Object.keys(variables).some((each) => each === base || each.startsWith(`${base}.`));
      if (isGiven && variables[base] !== null) return `${layer} variable ${name}`;
    }
    const { [base]: property = null } = this.#properties;
    const isSet = isJsonObject(property) && property.default !== undefined && property.default !== null;
    return isSet ? `pool default of ${name}` : null;
  }
}
