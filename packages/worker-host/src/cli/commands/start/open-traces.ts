import { isWorkerError, type Logger, type Meter } from '@worker-host/core';
import type { HostSettings } from '../../../configuration/resolve-host-settings.js';
import type { Tracing } from '../../../tracing/tracing.js';
import { wantsTraces } from '../../../tracing/tracing-settings.js';
import type { CommandContext } from '../../command-context.js';

/**
 * Starts to export traces if enabled. Null: they are not.
 *
 * `OTEL_*` variables can be intended for every program on the machine, so an incomplete configuration there does not
 * prevent the start. An incomplete setting of worker-host does.
 *
 * @throws TracingPackageError, TracingExporterError if the setting enables traces
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
