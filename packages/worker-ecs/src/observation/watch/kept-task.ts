import type { EcsContainer, EcsTag, EcsTask } from '../../aws/ecs-api.js';

/** Members of {@link EcsTask} whose values many tasks have in common. */
const SHARED = [
  'clusterArn',
  'taskDefinitionArn',
  'group',
  'launchType',
  'capacityProviderName',
  'availabilityZone',
  'lastStatus',
  'desiredStatus',
] as const satisfies readonly (keyof EcsTask)[];

const OWN = [
  'taskArn',
  'startedBy',
  'stopCode',
  'stoppedReason',
  'version',
  'createdAt',
  'pullStartedAt',
  'pullStoppedAt',
  'startedAt',
  'stoppingAt',
  'executionStoppedAt',
  'stoppedAt',
] as const satisfies readonly (keyof EcsTask)[];

const OF_CONTAINER = [
  'containerArn',
  'name',
  'image',
  'lastStatus',
  'exitCode',
  'reason',
  'runtimeId',
] as const satisfies readonly (keyof EcsContainer)[];

const MOST_TEXTS = 10_000;

/** One copy of each text that many tasks contain, such as a cluster or a tag. */
export class SharedTexts {
  readonly #texts = new Map<string, string>();

  get size(): number {
    return this.#texts.size;
  }

  of<T>(value: T): T {
    if (typeof value !== 'string') return value;
    const known = this.#texts.get(value);
    if (known !== undefined) return known as T;
    // Tasks keep the texts that they already have.
    if (this.#texts.size >= MOST_TEXTS) this.#texts.clear();
    this.#texts.set(value, value);
    return value;
  }
}

/**
 * Returns what the worker needs of a task: responses also contain overrides, attachments and attributes, several times its
 * size, of which nothing is kept as long as the task runs. What the task omits is taken from the known one: a stop removes
 * the tags, and an event contains less than a response.
 */
export function keptTask(known: EcsTask | null, task: EcsTask, texts: SharedTexts): EcsTask {
  const kept: Record<string, unknown> = {};
  for (const name of OWN) set(kept, name, task[name] === undefined ? known?.[name] : task[name]);
  for (const name of SHARED) set(kept, name, texts.of(task[name] === undefined ? known?.[name] : task[name]));
  set(kept, 'containers', task.containers?.map((container) => keptContainer(container, texts)) ?? known?.containers);
  set(kept, 'tags', task.tags?.length ? task.tags.map((tag) => keptTag(tag, texts)) : known?.tags);
  return kept;
}

function keptContainer(container: EcsContainer, texts: SharedTexts): EcsContainer {
  const kept: Record<string, unknown> = {};
  for (const name of OF_CONTAINER)
    set(kept, name, name === 'image' || name === 'name' ? texts.of(container[name]) : container[name]);
  return kept;
}

function keptTag({ key, value }: EcsTag, texts: SharedTexts): EcsTag {
  const kept: Record<string, unknown> = {};
  set(kept, 'key', texts.of(key));
  set(kept, 'value', texts.of(value));
  return kept;
}

function set(kept: Record<string, unknown>, name: string, value: unknown): void {
  if (value !== undefined) kept[name] = value;
}
