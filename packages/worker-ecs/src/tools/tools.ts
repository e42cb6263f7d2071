import type { PluginTools } from '@worker-host/core';
import { checkPool } from './checks/check-pool.js';
import { deployment } from './deployment/deployment.js';
import { permissions } from './permissions/write-permissions.js';
import { previewLaunch } from './preview-launch.js';

/** Tools of the plugin for commands. */
export const tools: PluginTools = { preview: previewLaunch, check: checkPool, permissions, deployment };
