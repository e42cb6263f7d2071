import { definePlugin, Field, type PrepareContext } from '@worker-host/core';
import { ECSJobConfiguration, ECSVariables, plugin as ecs } from '@worker-host/ecs';

/** The ECS plugin under another type, with an additional variable that becomes a tag of the task. */
const TEAM = { wireName: 'team', type: 'string', title: 'Team', description: 'The team that pays.' } as const;

class TeamVariables extends ECSVariables {
  @Field(TEAM) team = '';
}

class TeamConfiguration extends ECSJobConfiguration {
  @Field(TEAM) team = '';
  override prepareForFlowRun(context: PrepareContext): void {
    super.prepareForFlowRun(context);
    this.labels = { ...this.labels, team: this.team };
  }
}

const [configuration, variables] = [TeamConfiguration, TeamVariables];
export const plugin = definePlugin({ type: 'ecs-team', extends: ecs, configuration, variables });
