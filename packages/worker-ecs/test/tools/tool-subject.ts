import {
  buildBaseJobTemplate,
  type Clock,
  type FlowRun,
  type JsonObject,
  type PluginTools,
  SecretRegistry,
  silentEventSink,
  silentLogger,
  silentMeter,
  systemClock,
  type ToolContext,
  withPluginContainer,
} from '@worker-host/core';
import type { ECSJobConfiguration } from '../../src/configuration/ecs-job-configuration.js';
import { plugin } from '../../src/plugin.js';
import { aFlowRun } from '../support/builders.js';
import { renderTemplate } from '../support/ecs-configurations.js';

export const RUN_ID = '5a4bf7b8-0a5b-4a6c-9d3e-0c6f4b1f2a10';

export interface ToolSubject {
  readonly variables: JsonObject;
  readonly template?: JsonObject;
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly pool?: string;
}

/** A configuration as a host passes it to a tool, and the run it is prepared for. */
export async function preparedJob({
  variables,
  template = buildBaseJobTemplate(plugin),
}: ToolSubject): Promise<{ readonly configuration: ECSJobConfiguration; readonly flowRun: FlowRun }> {
  const named = { id: RUN_ID, name: RUN_ID };
  const flowRun = aFlowRun({ ...named, deploymentId: null, flowId: null, json: named });
  const configuration = await renderTemplate(template, variables);
  configuration.prepareForFlowRun({
    flowRun,
    deployment: null,
    flow: null,
    workPool: null,
    worker: { id: null, name: 'alone' },
    environment: {},
    workerEnvironment: {},
    prefectVersion: null,
    defaultCommand: null,
  });
  return { configuration, flowRun };
}

/** Calls a tool of the plugin as a host does. */
export async function useTools<T>(
  { environment = {}, clock = systemClock, pool = 'alone' }: ToolSubject,
  use: (tools: PluginTools, context: ToolContext) => Promise<T> | undefined,
): Promise<T> {
  const bindings = {
    logger: silentLogger,
    clock,
    meter: silentMeter,
    secrets: new SecretRegistry(),
    events: silentEventSink,
    options: { workerName: 'alone', workPoolName: pool, environment, hostCollectsOutput: true },
  };
  const tools = await plugin.tools?.();
  return withPluginContainer(plugin, bindings, async (container) => {
    const answer = tools && use(tools, { container });
    if (answer === undefined) throw new Error('the plugin lacks the tool');
    return await answer;
  });
}
