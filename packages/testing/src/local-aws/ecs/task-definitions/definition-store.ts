import { clientException, invalidParameter } from '../../server/aws-error.js';
import type { EcsArns } from '../arns.js';
import type { Tag, TaskDefinition } from '../ecs-types.js';

const REFERENCE = /^([A-Za-z0-9_-]{1,255})(?::(\d+))?$/;

/** A registered revision. Tags are separate from the definition. */
export interface StoredDefinition {
  readonly definition: TaskDefinition;
  tags: readonly Tag[];
}

/** The task definitions of one account in one region. Revision numbers of a family are never reused. */
export class DefinitionStore {
  readonly families = new Map<string, StoredDefinition[]>();
  readonly #lastRevisions = new Map<string, number>();
  readonly #arns: EcsArns;

  constructor(arns: EcsArns) {
    this.#arns = arns;
  }

  /** Stores the next revision of a family. */
  add(family: string, tags: readonly Tag[], make: (arn: string, revision: number) => TaskDefinition): StoredDefinition {
    const revision = (this.#lastRevisions.get(family) ?? 0) + 1;
    this.#lastRevisions.set(family, revision);
    const stored = { definition: make(this.#arns.taskDefinition(family, revision), revision), tags };
    const revisions = this.families.get(family);
    if (revisions === undefined) this.families.set(family, [stored]);
    else revisions.push(stored);
    return stored;
  }

  /** Returns a revision by family (the latest ACTIVE one), family:revision or ARN; null if there is none. */
  find(reference: string): StoredDefinition | null {
    const [, family, revision] = REFERENCE.exec(this.#arns.nameOf(reference, 'task-definition')) ?? [];
    if (family === undefined) return null;
    const revisions = this.families.get(family) ?? [];
    if (revision === undefined) return revisions.findLast(({ definition }) => definition.status === 'ACTIVE') ?? null;
    return revisions.find(({ definition }) => definition.revision === Number(revision)) ?? null;
  }

  /** Like {@link find}, for operations that require a revision. */
  findRevision(reference: string): StoredDefinition {
    const name = this.#arns.nameOf(reference, 'task-definition');
    if (!REFERENCE.test(name)) throw clientException('Invalid revision number. Number: null');
    if (!name.includes(':')) throw clientException('Revision is missing.');
    const found = this.find(reference);
    if (found === null) throw clientException('The specified task definition does not exist.');
    return found;
  }

  /** All revisions, by family and revision. */
  list(): TaskDefinition[] {
    const families = [...this.families.keys()].sort();
    return families.flatMap((family) => (this.families.get(family) ?? []).map(({ definition }) => definition));
  }

  remove(definition: TaskDefinition): void {
    const rest = (this.families.get(definition.family) ?? []).filter((stored) => stored.definition !== definition);
    this.families.set(definition.family, rest);
  }
}

/** Rejects page sizes outside 1..100. */
export function checkPageSize(maxResults: number | undefined): number {
  if (maxResults === undefined) return 100;
  if (maxResults >= 1 && maxResults <= 100) return maxResults;
  throw invalidParameter('maxResults should be in the range [1,100].');
}
