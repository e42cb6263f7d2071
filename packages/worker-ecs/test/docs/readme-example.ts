import { definePlugin } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';

// A plugin is a value: this one under another type, in a host of your own.
const { kind: _kind, apiVersion: _apiVersion, ...parts } = plugin;
export const renamed = definePlugin({ ...parts, type: 'ecs-staging', displayName: 'ECS, staging' });
