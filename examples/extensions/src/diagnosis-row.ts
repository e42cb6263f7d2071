import { defineExtension } from '@worker-host/core';
import { ECS_TOKENS, type StopReasonRow } from '@worker-host/ecs';

/** Explains the stops of the company's own janitor. */
const janitor: StopReasonRow = {
  ...{ code: 'janitor', cause: 'host', level: 'warning', relaunch: 'never', pattern: /^night janitor/ },
  ...{ summary: 'The night janitor stopped the task', resolution: 'Keep jobs out of 2 to 3 a.m.' },
  example: { stopCode: 'UserInitiated', stoppedReason: 'night janitor: cost saving' },
};

export const extension = defineExtension({
  name: 'janitor',
  types: ['ecs'],
  register: (container) => container.registerInstance(ECS_TOKENS.StopReasonRow, janitor),
});
