import { type Clock, InfrastructureNotAvailable, type LaunchName, TOKENS } from '@worker-host/core';
import { inject, injectable } from 'tsyringe';
import type { AwsClients, AwsClientsProvider } from '../aws/aws-clients.js';
import type { EcsPlacedClients } from '../ecs-parts.js';
import { clusterOf, type EcsRunConfiguration } from '../ecs-run-configuration.js';
import { ECS_TOKENS } from '../ecs-tokens.js';
import { clusterArnOfTask, clusterPlace, type EcsLaunchPlace, readLaunchPlace } from '../place/ecs-launch-place.js';
import { startedBy } from '../task-run/launch-token.js';
import { identifierOf } from '../utilities/ecs-identifier.js';
import { findLaunchedTask, findTaskAlive } from './find-launched-task.js';
import { searchUntilSure } from './search-until-sure.js';

/** Location of a launch: clients of the right account and region, and its stored place, if any. */
export interface LocatedLaunch {
  readonly clients: AwsClients;
  /** Null: none was stored. */
  readonly place: EcsLaunchPlace | null;
}

/** Finds earlier launches. */
@injectable()
export class LaunchFinder {
  readonly #closing = new AbortController();

  constructor(
    @inject(ECS_TOKENS.AwsClients) private readonly clients: AwsClientsProvider,
    @inject(ECS_TOKENS.PlacedClients) private readonly placed: EcsPlacedClients,
    @inject(TOKENS.Clock) private readonly clock: Clock,
  ) {}

  /**
   * Locates a launch: at its stored place, even if the configuration has changed; otherwise in the cluster of the
   * configuration.
   *
   * @throws InfrastructureNotAvailable if this worker cannot access it.
   */
  async locate(
    launchPlace: LaunchName['place'],
    configuration: EcsRunConfiguration,
    flowRunId: string,
  ): Promise<LocatedLaunch> {
    const { awsCredentials } = configuration;
    const place = readLaunchPlace(launchPlace);
    if (place !== null) {
      const clients = await this.placed.in(place, [awsCredentials], flowRunId);
      return { clients, place };
    }
    if (launchPlace !== null) {
      const reason = `its launch was stored in an unknown form: ${JSON.stringify(launchPlace)}`;
      throw new InfrastructureNotAvailable(flowRunId, reason);
    }
    const region = clusterPlace(clusterOf(configuration) ?? '')?.region ?? null;
    return { clients: await this.clients.clientsFor(awsCredentials, region), place };
  }

  /**
   * Returns the identifier of the task of a launch, running or ended within the last hour. Null: there is none; this takes a
   * minute to establish, because ECS can show a task late.
   */
  async find(
    { attempt, relaunch, place: stored }: LaunchName,
    configuration: EcsRunConfiguration,
  ): Promise<string | null> {
    const { flowRunId, id: attemptId } = attempt;
    const { clients, place } = await this.locate(stored, configuration, flowRunId);
    const cluster = place?.clusterArn ?? clusterOf(configuration);
    const { signal } = this.#closing;
    const name = startedBy({ flowRunId, attemptId, relaunch });
    const searched = { clients, cluster };
    const search = (isThorough: boolean) =>
      isThorough ? findLaunchedTask(searched, name, null, signal) : findTaskAlive(searched, name, signal);
    const task = await searchUntilSure(search, this.clock, signal);
    if (task === null) return null;
    const clusterArn = task.clusterArn ?? clusterArnOfTask(task.taskArn) ?? cluster ?? 'default';
    return identifierOf(task.taskArn, clusterArn, configuration.cluster);
  }

  dispose(): void {
    this.#closing.abort(new Error('The worker was shut down'));
  }
}
