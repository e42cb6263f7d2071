import { defineExtension } from '@worker-host/core';
import { ECS_TOKENS, type LaunchRule } from '@worker-host/ecs';

/** Rejects a launch without a team to bill, before any call to AWS. */
const teamPays: LaunchRule = {
  name: 'teamPays',
  check: ({ configuration: { labels } }) =>
    labels.team ? [] : [{ path: 'labels.team', expected: 'the team that pays', found: 'nothing', suggestion: null }],
};

export const extension = defineExtension({
  name: 'team-pays',
  types: ['ecs'],
  register: (container) => container.registerInstance(ECS_TOKENS.LaunchRule, teamPays),
});
