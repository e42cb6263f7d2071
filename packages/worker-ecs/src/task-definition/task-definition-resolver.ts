import { createHash } from 'node:crypto';
import { type Clock, isJsonObject, type JsonObject, type Logger, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { AwsClients } from '../aws/aws-clients.js';
import type { EcsTaskDefinition, TaskDefinitionAnswer } from '../aws/ecs-api.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import { BoundedMap } from '../utilities/bounded-map.js';
import { FanOutLogger } from '../utilities/fan-out-logger.js';
import { KeptLookups } from '../utilities/kept-lookups.js';
import { unlessAborted } from '../utilities/unless-aborted.js';
import { canonicalTaskDefinition, differingKeys } from './compare-task-definitions.js';
import { TaskDefinitionNotFoundError } from './task-definition-errors.js';

const MOST_KEPT = 500;
const LINKED_KEPT_MS = 60_000;

export interface ResolvedTaskDefinition {
  readonly arn: string;
  readonly definition: EcsTaskDefinition;
  /** True for the run for which it was registered. */
  readonly isNewlyRegistered: boolean;
}

export interface ResolveOptions {
  readonly logger: Logger;
  readonly signal?: AbortSignal;
  /** True: the cached definition is inactive or no longer exists. */
  readonly renew?: boolean;
  /** True: the configuration uses the family's latest revision; a family that cannot be read is then logged. */
  readonly matchLatestRevision?: boolean;
  /** True: definitions like this one are deregistered with their task, so a cached one is checked before it is used. */
  readonly isShortLived?: boolean;
}

/** Registers with retries. */
export type RegisterTaskDefinition = (
  definition: JsonObject,
  clients: AwsClients,
  options: ResolveOptions,
) => Promise<TaskDefinitionAnswer>;

type Found = Pick<ResolvedTaskDefinition, 'arn' | 'definition'>;

/** A search or registration that several runs share. No run's signal ends it. */
interface SharedWork {
  readonly resolved: Promise<ResolvedTaskDefinition>;
  /** Number of waiting runs. */
  readonly loggers: Set<Logger>;
}

/**
 * Finds or registers task definitions: one registration per content, account and region, shared by all waiting runs;
 * found again after a restart by its family; bounded.
 */
@injectable()
export class TaskDefinitionResolver {
  readonly #kept = new BoundedMap<string, Found>(MOST_KEPT);
  readonly #underWay = new Map<string, SharedWork>();
  readonly #linked: KeptLookups<Found>;

  constructor(
    @inject(TOKENS.Clock) clock: Pick<Clock, 'monotonicMs'>,
    @inject(ECS_TOKENS.DefinitionRegistrar) private readonly register: RegisterTaskDefinition,
  ) {
    this.#linked = new KeptLookups(clock, { freshMs: LINKED_KEPT_MS, keptMs: LINKED_KEPT_MS, most: MOST_KEPT });
  }

  /** Returns the definition that the request names. @throws TaskDefinitionNotFoundError */
  async resolveLinked(name: string, clients: AwsClients, options: ResolveOptions): Promise<ResolvedTaskDefinition> {
    const key = `${clients.key} ${name}`;
    const look = (): Promise<Found> => describeLinked(name, clients);
    const found = options.renew ? this.#linked.renew(key, look) : this.#linked.get(key, look);
    return { ...(await unlessAborted(found, options.signal)), isNewlyRegistered: false };
  }

  /** Returns a definition equal to the prepared one, registered if none exists. */
  async resolve(prepared: JsonObject, clients: AwsClients, options: ResolveOptions): Promise<ResolvedTaskDefinition> {
    const key = contentKey(prepared, clients);
    const kept = this.#kept.get(key);
    const underWay = this.#underWay.get(key);
    if (kept && !underWay && !options.renew && !options.isShortLived) return { ...kept, isNewlyRegistered: false };
    const work = underWay ?? this.#begin(key, prepared, clients, options, kept ?? null);
    work.loggers.add(options.logger);
    try {
      const resolved = await unlessAborted(work.resolved, options.signal);
      return underWay ? { ...resolved, isNewlyRegistered: false } : resolved;
    } finally {
      work.loggers.delete(options.logger);
    }
  }

  #begin(
    key: string,
    prepared: JsonObject,
    clients: AwsClients,
    options: ResolveOptions,
    kept: Found | null,
  ): SharedWork {
    const loggers = new Set([options.logger]);
    const { signal: _signal, ...shared } = options;
    const work = { ...shared, logger: new FanOutLogger(loggers) };
    const resolved = this.#findOrRegister(prepared, clients, work, kept)
      .then((found) => {
        this.#kept.set(key, { arn: found.arn, definition: found.definition });
        return found;
      })
      .finally(() => this.#underWay.delete(key));
    // Waiting runs receive the failure; there may be none left.
    resolved.catch(() => {});
    const begun = { resolved, loggers };
    this.#underWay.set(key, begun);
    return begun;
  }

  async #findOrRegister(
    prepared: JsonObject,
    clients: AwsClients,
    options: ResolveOptions,
    kept: Found | null,
  ): Promise<ResolvedTaskDefinition> {
    if (options.isShortLived && !options.matchLatestRevision) {
      const own = kept && !options.renew ? await this.#stillActive(kept, clients, options) : null;
      return own ?? { ...foundOf(await this.register(prepared, clients, options)), isNewlyRegistered: true };
    }
    const latest = await this.#latestOfFamily(prepared, clients, options);
    if (latest && !(options.renew && latest.arn === kept?.arn)) return { ...latest, isNewlyRegistered: false };
    return { ...foundOf(await this.register(prepared, clients, options)), isNewlyRegistered: true };
  }

  /**
   * A definition that is deregistered with its task: another run's is never used, and one's own only while it exists.
   */
  async #stillActive(
    { arn }: Found,
    clients: AwsClients,
    options: ResolveOptions,
  ): Promise<ResolvedTaskDefinition | null> {
    try {
      const answer = await clients.ecs.describeTaskDefinition({ taskDefinition: arn });
      return answer.taskDefinition.status === 'ACTIVE' ? { ...foundOf(answer), isNewlyRegistered: false } : null;
    } catch (error) {
      options.logger.warn('Reading the last used task definition failed; registering another one', { arn, error });
      return null;
    }
  }

  async #latestOfFamily(prepared: JsonObject, clients: AwsClients, options: ResolveOptions): Promise<Found | null> {
    const { logger } = options;
    const family = String(prepared.family);
    let answer: TaskDefinitionAnswer;
    try {
      answer = await clients.ecs.describeTaskDefinition({ taskDefinition: family, include: ['TAGS'] });
    } catch (error) {
      const fields = { family, error };
      if (options.matchLatestRevision) logger.warn('Reading the latest revision of the family failed', fields);
      else logger.debug('The family has no readable revision', fields);
      return null;
    }
    const { taskDefinition, tags } = answer;
    if (taskDefinition.status !== 'ACTIVE') return null;
    const registered = tags.length > 0 ? { ...taskDefinition, tags: tags.map((tag) => ({ ...tag })) } : taskDefinition;
    const differing = differingKeys(prepared, registered as JsonObject);
    if (differing.length === 0) return foundOf(answer);
    logger.debug('The latest revision of the family differs', { family, keys: differing.join(', ') });
    return null;
  }
}

function contentKey(prepared: JsonObject, clients: AwsClients): string {
  const content = JSON.stringify(canonicalTaskDefinition(prepared));
  return `${clients.key} ${createHash('sha256').update(content).digest('hex')}`;
}

/** A lookup that others share, so no single signal ends it. */
async function describeLinked(name: string, clients: AwsClients): Promise<Found> {
  try {
    return foundOf(await clients.ecs.describeTaskDefinition({ taskDefinition: name }));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ClientException') throw error;
    throw new TaskDefinitionNotFoundError(name, clients.region, { cause: error });
  }
}

function foundOf({ taskDefinition }: TaskDefinitionAnswer): Found {
  return {
    arn: String(taskDefinition.taskDefinitionArn),
    definition: isJsonObject(taskDefinition) ? taskDefinition : {},
  };
}
