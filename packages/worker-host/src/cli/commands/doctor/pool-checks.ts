import { existsSync } from 'node:fs';
import { type Finding, isWorkerError } from '@worker-host/core';
import type { HostSettings } from '../../../configuration/resolve-host-settings.js';
import { dataFilesOf } from '../../../orchestrators/embedded/database/data-directory.js';
import type { CommandContext } from '../../command-context.js';
import { chooseControlPlane } from '../../control-plane.js';
import { type ControlPlaneReader, withControlPlane } from '../../control-plane-reader.js';
import { callTool, loadPluginOf } from '../../plugin-tool.js';
import { configurationOf, type RenderSubject, subjectOfPool } from '../../render-subject.js';

/** Checks the control plane, and with a pool its template and its infrastructure. */
export async function checkControlPlane(context: CommandContext, settings: HostSettings): Promise<readonly Finding[]> {
  const check = 'control plane';
  try {
    const { kind, reason } = chooseControlPlane(settings);
    if (kind === 'embedded' && !existsSync(dataFilesOf(settings.home).databasePath)) {
      const found = 'The embedded pool is empty.';
      return [{ check, status: 'ok', found, fix: '' }, ...noPool(settings)];
    }
    return await withControlPlane(context, settings, async (reader) => {
      const pool = settings.get('pool');
      const found = `${reader.orchestrator.description.replace(` (${reason})`, '')} (${reason}).`;
      if (pool === undefined) return [{ check, status: 'ok', found, fix: '' }, ...noPool(settings)];
      return await checkPool(context, settings, { reader, pool, reached: { check, status: 'ok', found, fix: '' } });
    });
  } catch (error) {
    return [failure(check, error, 'Check it with: worker-host config show')];
  }
}

function noPool(settings: HostSettings): readonly Finding[] {
  const pool = settings.get('pool');
  const fix = pool === undefined ? 'Pass --pool.' : `Run: worker-host pool create ${pool} --type TYPE`;
  const found = pool === undefined ? 'Without --pool, no infrastructure is checked.' : `Pool '${pool}' does not exist.`;
  return [{ check: 'pool', status: pool === undefined ? 'not-checked' : 'failed', found, fix }];
}

async function checkPool(
  context: CommandContext,
  settings: HostSettings,
  { reader, pool, reached }: { readonly reader: ControlPlaneReader; readonly pool: string; readonly reached: Finding },
): Promise<readonly Finding[]> {
  let subject: RenderSubject;
  try {
    subject = await subjectOfPool(reader, pool, { jobVariables: {} });
  } catch (error) {
    if (!isWorkerError(error) || !error.code.endsWith('NOT_FOUND')) throw error;
    return [reached, ...noPool(settings)];
  }
  const found = `'${pool}' is of type '${subject.type}'.`;
  return [
    reached,
    { check: 'pool', status: 'ok', found, fix: '' },
    ...(await checkInfrastructure(context, settings, subject)),
  ];
}

async function checkInfrastructure(
  context: CommandContext,
  settings: HostSettings,
  subject: RenderSubject,
): Promise<readonly Finding[]> {
  try {
    const plugin = await loadPluginOf(context, settings, subject.type);
    const tools = await plugin.tools?.();
    const configuration = await configurationOf(subject, plugin, context, settings.get('name'));
    const { flowRun, workPool } = subject;
    if (tools?.check === undefined) {
      const found = `The plugin of type '${subject.type}' has no checks.`;
      return [{ check: 'infrastructure', status: 'not-checked', found, fix: '' }];
    }
    return await callTool({ context, settings, plugin, pool: workPool?.name ?? null }, async (tool) => {
      return (await tools.check?.({ configuration, flowRun }, tool)) ?? [];
    });
  } catch (error) {
    return [failure('infrastructure', error, 'Fix the cause that the message names.')];
  }
}

/** @throws what was not foreseen */
function failure(check: string, error: unknown, fix: string): Finding {
  if (!isWorkerError(error)) throw error;
  return { check, status: 'failed', found: error.message, fix };
}
