// Launches without a token: a repeated call starts a second task.
import { randomUUID } from 'node:crypto';
import { breakPlugin, replace } from '../break-clients.js';

export const plugin = breakPlugin('ecs', (ecs) =>
  replace(ecs, { runTask: (input, options) => ecs.runTask({ ...input, clientToken: randomUUID() }, options) }),
);
