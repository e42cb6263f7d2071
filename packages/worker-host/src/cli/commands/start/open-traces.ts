import { isWorkerError, type Logger, type Meter } from '@worker-host/core';
import type { HostSettings } from '../../../configuration/resolve-host-settings.js';
import type { Tracing } from '../../../tracing/tracing.js';
import { wantsTraces } from '../../../tracing/tracing-settings.js';
import type { CommandContext } from '../../command-context.js';

/**
 * Begins to export traces, where they are wanted. Null: they are not.
 *
 * `OTEL_*` variables may be meant for everything on the machine: what they lack for worker-host does not keep it from
 * starting. The setting does.
 *
 * @throws TracingPackageError, TracingExporterError where the setting asks for traces
 */
export async function openTraces(
  { io, secrets }: CommandContext,
  settings: HostSettings,
  logger: Logger,
  meter: Meter,
): Promise<Tracing | null> {
  const setting = settings.get('traces');
  if (!wantsTraces(setting, io.environment)) return null;
  const { openTracing } = await import('../../../tracing/open-tracing.js');
  try {
    return await openTracing({ environment: io.environment, logger, meter, clock: io.clock, secrets });
  } catch (error) {
    if (setting === true || !isWorkerError(error)) throw error;
    logger.warn(`No traces are exported: ${error.message}`, { code: error.code });
    return null;
  }
}
