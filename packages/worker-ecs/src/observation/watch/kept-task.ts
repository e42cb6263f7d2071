import type { EcsContainer, EcsTag, EcsTask } from '../../aws/ecs-api.js';
import { CONTAINER_MEMBERS, TASK_MEMBERS, TASK_TIMES } from '../../aws/task-members.js';

/** Members of a task or container whose values many have in common. */
const SHARED: readonly string[] = [
  'clusterArn',
  'taskDefinitionArn',
  'group',
  'launchType',
  'capacityProviderName',
  'availabilityZone',
  'lastStatus',
  'desiredStatus',
  'name',
  'image',
];

const MOST_TEXTS = 10_000;

/** One copy of each text that many tasks contain, such as a cluster or a tag. */
export class SharedTexts {
  readonly #texts = new Map<string, string>();

  get size(): number {
    return this.#texts.size;
  }

  /** Returns the value of a member, shared if many tasks have it. */
  for<T>(member: string, value: T): T {
    return SHARED.includes(member) ? this.of(value) : value;
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
export function keptTask(known: EcsTask | null, task: EcsTask, texts: SharedTexts, withTags = true): EcsTask {
  const kept: Record<string, unknown> = {};
  for (const name of [...TASK_MEMBERS, ...TASK_TIMES])
    set(kept, name, texts.for(name, task[name] === undefined ? known?.[name] : task[name]));
  set(kept, 'containers', task.containers?.map((container) => keptContainer(container, texts)) ?? known?.containers);
  if (!withTags) return kept;
  set(kept, 'tags', task.tags?.length ? task.tags.map((tag) => keptTag(tag, texts)) : known?.tags);
  return kept;
}

function keptContainer(container: EcsContainer, texts: SharedTexts): EcsContainer {
  const kept: Record<string, unknown> = {};
  for (const name of CONTAINER_MEMBERS) {
    // The ARN only stands in for a name.
    if (name !== 'containerArn' || container.name === undefined) set(kept, name, texts.for(name, container[name]));
  }
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
