import type { BaseJobConfiguration, JsonObject, LaunchPreview, WorkerPlugin } from '@worker-host/core';
import type { HostSettings } from '../../../configuration/resolve-host-settings.js';
import type { CommandContext } from '../../command-context.js';
import { callTool } from '../../plugin-tool.js';
import { configurationOf, isAdHoc, jobEnvironmentOf, type RenderSubject } from '../../render-subject.js';
import { ValueSources } from './value-sources.js';

/** Options of a preview. */
export interface PreviewOptions {
  /** True: the infrastructure may be read. */
  readonly readsInfrastructure: boolean;
  /** Names of the worker and its extensions, if set. */
  readonly settings: HostSettings;
}

/** The requests of a subject's launch, and the origins of their values. */
export interface PreviewedSubject {
  readonly preview: LaunchPreview;
  readonly sources: ValueSources;
}

/** Renders a subject and returns what its launch sends; for a plugin without the tool, the configuration of the job. */
export async function previewSubject(
  subject: RenderSubject,
  plugin: WorkerPlugin,
  context: CommandContext,
  { readsInfrastructure, settings }: PreviewOptions,
): Promise<PreviewedSubject> {
  const workerName = settings.get('name');
  const configuration = await configurationOf(subject, plugin, context, workerName);
  const { flowRun, template, layers } = subject;
  const tools = await plugin.tools?.();
  const preview =
    tools?.preview === undefined
      ? previewOfConfiguration(configuration)
      : await callTool({ context, settings, plugin, pool: subject.workPool?.name ?? null }, async (tool) =>
          tools.preview?.({ configuration, flowRun, readsInfrastructure }, tool),
        );
  const notes = [
    ...(isAdHoc(subject)
      ? ['The id and the name of the run are assigned when it is created; zeros and RUN stand for them.']
      : []),
    ...(workerName === undefined ? ['WORKER stands for the name of the worker that claims the run.'] : []),
  ];
  const shown = preview ?? previewOfConfiguration(configuration);
  return {
    preview: { ...shown, notes: [...shown.notes, ...notes] },
    sources: new ValueSources({ template, layers, jobEnvironment: jobEnvironmentOf(subject) }),
  };
}

function previewOfConfiguration(configuration: BaseJobConfiguration): LaunchPreview {
  const body: JsonObject = configuration.toJSON();
  const origins = [{ path: [], from: [], reason: '' }];
  return { requests: [{ operation: 'job configuration', body, origins, sizes: [] }], notes: [] };
}
