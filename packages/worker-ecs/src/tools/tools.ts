import type { PluginTools } from '@worker-host/core';
import { previewLaunch } from './preview-launch.js';

/** What the plugin does for commands. */
export const tools: PluginTools = { preview: previewLaunch };
