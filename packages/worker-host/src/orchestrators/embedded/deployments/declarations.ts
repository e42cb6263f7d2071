import { isDeepStrictEqual } from 'node:util';
import type { JsonObject, JsonValue } from '@worker-host/core';
import type { WorkQueue } from '../administration-types.js';
import type { EmbeddedDatabase } from '../database/database.js';
import { PoolInputError } from '../embedded-errors.js';
import type { RunLimits } from '../limits/run-limits.js';
import type { Pools } from '../pools/pools.js';
import { RETAINED_STATE_TYPES, type RetainedStateType, type RetentionRules } from '../pools/retention.js';
import type { Variables } from '../variables-and-secrets/variables.js';
import {
  deploymentOf,
  type Form,
  formOfDeployment,
  formOfRule,
  objectOf,
  ruleOf,
  secondsOf,
} from './declaration-forms.js';
import type { Deployments } from './deployments.js';

/** Created with every pool. */
const DEFAULT_QUEUE = { default: { priority: 1, concurrency_limit: null, paused: false } };

/** Kinds of objects in a file, in the order in which they are created. */
const KINDS = ['pools', 'limits', 'deployments', 'variables'] as const;
export type DeclaredKind = (typeof KINDS)[number];

/** Contents of a file, each object by its name, as the schema of the file defines it. */
export type Declaration = Partial<Readonly<Record<DeclaredKind, Readonly<Record<string, JsonValue>>>>> & {
  /** Label of the objects. Default: none. */
  readonly label?: string;
};

/** A difference between an object and a file. */
export interface DeclaredChange {
  readonly kind: DeclaredKind;
  readonly name: string;
  /** Current state; null: it does not exist. */
  readonly from: JsonValue;
  /** State in the file; null: it is to be deleted. */
  readonly to: JsonValue;
}

/** Stores of the objects in files. */
export interface DeclaredKeepers {
  readonly pools: Pools;
  readonly deployments: Deployments;
  readonly limits: RunLimits;
  readonly retention: RetentionRules;
  readonly variables: Variables;
}

/** Pools, deployments, limits and variables in files: read, compared, and applied. */
export class Declarations {
  constructor(
    private readonly database: EmbeddedDatabase,
    private readonly keepers: DeclaredKeepers,
  ) {}

  /** Returns all objects, in the form of a file. */
  read(): Declaration & Readonly<Record<DeclaredKind, Readonly<Record<string, JsonValue>>>> {
    const { pools, deployments, limits, variables } = this.keepers;
    return this.database.read(() => ({
      pools: Object.fromEntries(pools.list().map(({ name }) => [name, this.#poolForm(name)])),
      limits: Object.fromEntries(limits.listDeclared().map((limit) => [limit.key, formOfRule(limit)])),
      deployments: Object.fromEntries(deployments.list().map((view) => [view.name, formOfDeployment(view)])),
      variables: Object.fromEntries(variables.list().map(({ name, value }) => [name, value])),
    }));
  }

  /** Returns the differences from the declaration. @param prune objects with its label that it does not contain count too. */
  changes(declaration: Declaration, prune: boolean): readonly DeclaredChange[] {
    const now = this.read();
    const stated = KINDS.flatMap((kind) =>
      Object.entries(declaration[kind] ?? {}).flatMap(([name, form]): readonly DeclaredChange[] => {
        const from = now[kind][name] ?? null;
        const to = canonical(kind, name, form, from);
        return isDeepStrictEqual(from, to) ? [] : [{ kind, name, from, to }];
      }),
    );
    return [...stated, ...(prune ? this.#unstated(declaration, now) : [])];
  }

  /**
   * Applies the declaration, completely or not at all. Objects that it does not contain stay, except pruned ones.
   *
   * @returns the changes. @throws PoolInputError, NotFoundError, JobVariablesInvalidError; then nothing was changed.
   */
  apply(declaration: Declaration, prune: boolean): readonly DeclaredChange[] {
    return this.database.write(() => {
      const changes = this.changes(declaration, prune);
      for (const change of changes) this.#apply(change);
      for (const kind of KINDS)
        for (const name of Object.keys(declaration[kind] ?? {})) this.#own(kind, name, declaration.label ?? null);
      return changes;
    });
  }

  #apply({ kind, name, to }: DeclaredChange): void {
    const { deployments, limits, variables } = this.keepers;
    if (to === null && kind !== 'variables') this.#delete(kind, name);
    else if (kind === 'pools') this.#applyPool(name, objectOf(to));
    else if (kind === 'limits') limits.set(name, ruleOf(objectOf(to)));
    else if (kind === 'variables') variables.set(name, to);
    else {
      const deployment = deploymentOf(name, objectOf(to));
      deployments.create(deployment);
      if (deployments.read(name).isPaused !== deployment.isPaused) deployments.setPaused(name, deployment.isPaused);
    }
  }

  #delete(kind: DeclaredKind, name: string): void {
    if (kind === 'deployments') this.keepers.deployments.delete(name);
    if (kind === 'limits') this.keepers.limits.delete(name);
    this.database.run('DELETE FROM declared_things WHERE kind = ? AND name = ?', kind, name);
  }

  #applyPool(name: string, form: Form): void {
    const { pools, retention } = this.keepers;
    const { type, base_job_template: template, concurrency_limit: limit = null, paused = false } = form;
    const { vcpu_limit: vcpuLimit = null, memory_limit_mib: memoryLimitMib = null } = form;
    const found = pools.find(name);
    if (found === null) pools.create({ name, type: String(type), baseJobTemplate: objectOf(template) });
    else if (found.type !== type)
      throw new PoolInputError('work pool', [
        `the type of pool '${name}' is ${found.type} and cannot become ${type}; delete the pool, or use another name`,
      ]);
    pools.update(name, {
      concurrencyLimit: limit as number | null,
      vcpuLimit: vcpuLimit as number | null,
      memoryLimitMib: memoryLimitMib as number | null,
      isPaused: paused === true,
      ...(template === undefined ? {} : { baseJobTemplate: objectOf(template) }),
    });
    const queues = Object.entries(objectOf(form.queues)).map(([queue, stated]) => [queue, objectOf(stated)] as const);
    for (const [queue, stated] of queues.sort(([, a], [, b]) => Number(a.priority) - Number(b.priority)))
      this.#applyQueue(name, queue, stated);
    for (const [state, rule] of Object.entries(objectOf(form.retention))) {
      const { max_age: age, max_runs: maxRuns = null } = objectOf(rule);
      const maxAgeSeconds = age === undefined || age === null ? null : secondsOf(age);
      retention.set(name, [state.toUpperCase() as RetainedStateType], {
        maxAgeSeconds,
        maxRuns: maxRuns as number | null,
      });
    }
  }

  #applyQueue(pool: string, name: string, form: Form): void {
    const { pools } = this.keepers;
    const change = {
      priority: Number(form.priority),
      concurrencyLimit: (form.concurrency_limit ?? null) as number | null,
      isPaused: form.paused === true,
    };
    if (!pools.listQueues(pool).some((queue) => queue.name === name))
      pools.createQueue(pool, { name, priority: change.priority });
    pools.updateQueue(pool, name, change);
  }

  /** Pools contain runs: they are never pruned. */
  #unstated({ label, ...stated }: Declaration, now: Declaration): readonly DeclaredChange[] {
    if (label === undefined) return [];
    return this.database
      .all('SELECT kind, name FROM declared_things WHERE label = ? ORDER BY kind, name', label)
      .map((row) => ({ kind: String(row.kind) as DeclaredKind, name: String(row.name) }))
      .filter(({ kind, name }) =>
        kind === 'deployments' || kind === 'limits' ? stated[kind]?.[name] === undefined : false,
      )
      .flatMap(({ kind, name }): readonly DeclaredChange[] => {
        const from = now[kind]?.[name];
        return from === undefined ? [] : [{ kind, name, from, to: null }];
      });
  }

  #own(kind: DeclaredKind, name: string, label: string | null): void {
    if (label === null) this.database.run('DELETE FROM declared_things WHERE kind = ? AND name = ?', kind, name);
    else
      this.database.run(
        'INSERT OR REPLACE INTO declared_things (kind, name, label) VALUES (?, ?, ?)',
        kind,
        name,
        label,
      );
  }

  #poolForm(name: string): Form {
    const { pools, retention } = this.keepers;
    const { type, baseJobTemplate, concurrencyLimit, vcpuLimit, memoryLimitMib, isPaused } = pools.read(name);
    const rules = retention.readOwn(name);
    const kept = RETAINED_STATE_TYPES.flatMap((state) => {
      const rule = rules[state];
      return rule === undefined
        ? []
        : [[state.toLowerCase(), { max_age: rule.maxAgeSeconds, max_runs: rule.maxRuns }] as const];
    });
    return {
      type,
      ...(Object.keys(baseJobTemplate).length === 0 ? {} : { base_job_template: baseJobTemplate }),
      concurrency_limit: concurrencyLimit,
      ...(vcpuLimit === null ? {} : { vcpu_limit: vcpuLimit }),
      ...(memoryLimitMib === null ? {} : { memory_limit_mib: memoryLimitMib }),
      paused: isPaused,
      queues: Object.fromEntries(pools.listQueues(name).map((queue) => [queue.name, formOfQueue(queue)])),
      ...(kept.length === 0 ? {} : { retention: Object.fromEntries(kept) }),
    };
  }
}

/** Normalizes the contents of a file to the form in which objects are read. Absent members of a pool keep their values. */
function canonical(kind: DeclaredKind, name: string, form: JsonValue, from: JsonValue): JsonValue {
  if (kind === 'deployments') return formOfDeployment(deploymentOf(name, objectOf(form)));
  if (kind === 'limits') return formOfRule(ruleOf(objectOf(form)));
  return kind === 'pools' ? canonicalPool(objectOf(form), objectOf(from)) : form;
}

function canonicalPool(form: Form, from: Form): Form {
  const before = objectOf(from.queues ?? DEFAULT_QUEUE);
  const stated = Object.entries(objectOf(form.queues)).map(([queue, each], index) => {
    const known = objectOf(before[queue]);
    const usual = { priority: Object.keys(before).length + index + 1, concurrency_limit: null, paused: false };
    return [
      queue,
      { ...usual, ...(known.priority === undefined ? {} : { priority: known.priority }), ...objectOf(each) },
    ] as const;
  });
  const template = form.base_job_template ?? from.base_job_template;
  const retention = { ...objectOf(from.retention), ...canonicalRetention(objectOf(form.retention)) };
  return {
    type: form.type ?? null,
    ...(template === undefined ? {} : { base_job_template: template }),
    concurrency_limit: form.concurrency_limit ?? null,
    ...(form.vcpu_limit == null ? {} : { vcpu_limit: form.vcpu_limit }),
    ...(form.memory_limit_mib == null ? {} : { memory_limit_mib: form.memory_limit_mib }),
    paused: form.paused ?? false,
    queues: { ...before, ...Object.fromEntries(stated) },
    ...(Object.keys(retention).length === 0 ? {} : { retention }),
  };
}

function canonicalRetention(form: Form): Form {
  return Object.fromEntries(
    Object.entries(form).map(([state, rule]) => {
      const { max_age: age = null, max_runs: runs = null } = objectOf(rule);
      return [state, { max_age: age === null ? null : secondsOf(age), max_runs: runs }];
    }),
  );
}

function formOfQueue({ priority, concurrencyLimit, isPaused }: WorkQueue): JsonObject {
  return { priority, concurrency_limit: concurrencyLimit, paused: isPaused };
}
