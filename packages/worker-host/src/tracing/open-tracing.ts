import { silentLogger, silentMeter } from '@worker-host/core';
import { OtelPackages } from './packages.js';
import { ReportingExporter } from './reporting-exporter.js';
import { traceWith } from './trace-with.js';
import type { OpenTracingOptions, Tracing } from './tracing.js';
import { exporterPackageOf, headerSecrets } from './tracing-settings.js';

/**
 * Loads OpenTelemetry and starts to export the spans of runs, configured by the `OTEL_*` variables: endpoint, headers,
 * sampler, resource, batches.
 *
 * @throws TracingPackageError, TracingExporterError
 */
export async function openTracing(options: OpenTracingOptions = {}): Promise<Tracing> {
  const { environment = process.env, logger = silentLogger, meter = silentMeter, secrets } = options;
  const packages = new OtelPackages(exporterPackageOf(environment));
  for (const secret of headerSecrets(environment)) secrets?.add(secret);
  const [{ OTLPTraceExporter }, { BatchSpanProcessor }] = await Promise.all([packages.exporter(), packages.sdk()]);
  const makeProcessor = () => new BatchSpanProcessor(new ReportingExporter(new OTLPTraceExporter(), logger, meter));
  return await traceWith(packages, makeProcessor, options);
}
