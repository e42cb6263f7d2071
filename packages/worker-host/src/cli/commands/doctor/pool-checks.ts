import { existsSync } from 'node:fs';
import { type Finding, isWorkerError, shownAddress } from '@worker-host/core';
import type { HostSettings } from '../../../configuration/resolve-host-settings.js';
import { dataFilesOf } from '../../../orchestrators/embedded/database/data-directory.js';
import type { CommandContext } from '../../command-context.js';
import { type ControlPlaneChoice, chooseControlPlane } from '../../control-plane/control-plane.js';
import { type ControlPlaneReader, withControlPlane } from '../../control-plane/control-plane-reader.js';
import { secretKeyOf } from '../../control-plane/open-embedded-pool.js';
import { isFailed } from '../../output/findings.js';
import { callTool, loadPluginOf } from '../../plugin-tool.js';
import { configurationOf, type RenderSubject, subjectOfPool } from '../../render-subject.js';
import { checkDatabaseFile } from './database-checks.js';

const CONTROL_PLANE = 'control plane';
/** Read where no pool is given: it shows that the control plane answers and accepts the credentials. */
const ANY_POOL = 'default';

/** Checks the control plane, and with a pool its template and its infrastructure. */
export async function checkControlPlane(context: CommandContext, settings: HostSettings): Promise<readonly Finding[]> {
  let fix = 'Check it with: worker-host config show';
  try {
    const { kind, prefect } = chooseControlPlane(settings);
    if (kind === 'prefect') {
      fix = fixOfPrefect(prefect.apiUrl?.value ?? '');
      return await withControlPlane(context, settings, (reader) => checkPool(context, settings, { reader, kind }));
    }
    const files = dataFilesOf(settings.home);
    if (!existsSync(files.databasePath)) return [reached('The embedded pool is empty.'), ...noPool(settings, kind)];
    const database = checkDatabaseFile(files, secretKeyOf(context));
    if (isFailed(database)) return [database];
    const others = await withControlPlane(context, settings, (reader) =>
      checkPool(context, settings, { reader, kind }),
    );
    return [database, ...others];
  } catch (error) {
    return [failure(CONTROL_PLANE, error, fix)];
  }
}

function reached(found: string): Finding {
  return { check: CONTROL_PLANE, status: 'ok', found, fix: '' };
}

function fixOfPrefect(apiUrl: string): string {
  return `Try: curl -f ${shownAddress(apiUrl)}/health; correct PREFECT_API_URL, PREFECT_API_KEY or PREFECT_API_AUTH_STRING: worker-host config show`;
}

function noPool(settings: HostSettings, kind: ControlPlaneChoice['kind']): readonly Finding[] {
  const pool = settings.get('pool');
  const check = 'pool';
  if (pool === undefined) {
    const found = 'Without --pool, no infrastructure is checked.';
    return [{ check, status: 'not-checked', found, fix: 'Pass --pool.' }];
  }
  const fix =
    kind === 'embedded'
      ? `Run: worker-host pool create ${pool} --type TYPE`
      : `Run: prefect work-pool create ${pool} --type TYPE; or worker-host start --pool ${pool} --type TYPE, which creates it.`;
  return [{ check, status: 'failed', found: `Pool '${pool}' does not exist.`, fix }];
}

async function checkPool(
  context: CommandContext,
  settings: HostSettings,
  { reader, kind }: { readonly reader: ControlPlaneReader; readonly kind: ControlPlaneChoice['kind'] },
): Promise<readonly Finding[]> {
  const pool = settings.get('pool');
  const controlPlane = reached(`${reader.description}.`);
  let subject: RenderSubject | null;
  try {
    if (pool === undefined) await reader.readPool(ANY_POOL);
    subject = pool === undefined ? null : await subjectOfPool(reader, pool, { jobVariables: {} });
  } catch (error) {
    if (!isWorkerError(error) || !error.code.endsWith('NOT_FOUND')) throw error;
    subject = null;
  }
  if (subject === null) return [controlPlane, ...noPool(settings, kind)];
  const found = `'${pool}' is of type '${subject.type}'.`;
  return [
    controlPlane,
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
