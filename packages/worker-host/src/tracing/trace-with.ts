import type { Attributes } from '@opentelemetry/api';
import type { Sampler, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { type Logger, silentLogger, systemClock } from '@worker-host/core';
import { within } from '../host/within.js';
import { packageVersion } from '../package-version.js';
import { ChosenIds } from './chosen-ids.js';
import type { OtelPackages } from './packages.js';
import { RunSpans } from './run-spans.js';
import { SpanWriter } from './span-writer.js';
import type { OpenTracingOptions, Tracing } from './tracing.js';

const NAME = 'worker-host';
/** Time limit for the last spans at the end of the worker: an unreachable collector delays nothing. */
const CLOSE_SECONDS = 2;

export interface TraceWithOptions extends OpenTracingOptions {
  /** Default: that of `OTEL_TRACES_SAMPLER`. */
  readonly sampler?: Sampler;
}

/** Passes the spans of runs to a processor. */
export async function traceWith(
  packages: OtelPackages,
  makeProcessor: () => SpanProcessor,
  { logger = silentLogger, clock = systemClock, sampler }: TraceWithOptions = {},
): Promise<Tracing> {
  const [api, resources, sdk] = await Promise.all([packages.api(), packages.resources(), packages.sdk()]);
  const ids = new ChosenIds();
  const own = resources.resourceFromAttributes({ 'service.name': NAME, 'service.version': packageVersion() });
  const found = resources.detectResources({ detectors: [resources.hostDetector, resources.envDetector] });
  const resource = resources.defaultResource().merge(own).merge(found);
  await resource.waitForAsyncAttributes?.();
  const provider = withWarnings(
    api,
    logger,
    () => new sdk.BasicTracerProvider({ idGenerator: ids, resource, sampler, spanProcessors: [makeProcessor()] }),
  );
  const tracer = provider.getTracer(NAME, packageVersion());
  let worker = (): Attributes => ({});
  const writer = new SpanWriter({ api, tracer, ids, clock, logger, worker: () => worker() });
  return {
    follow: (run) => new RunSpans(run, writer),
    serve: ({ name, id }) => {
      worker = () => ({ 'cicd.worker.name': name, 'cicd.worker.id': id() ?? name });
    },
    close: async () => {
      const late = (): Error => new Error(`The last spans were not sent within ${CLOSE_SECONDS} s`);
      await within(clock, CLOSE_SECONDS, provider.shutdown(), late).catch((error: unknown) =>
        logger.warn('Sending the last spans failed', { error }),
      );
    },
  };
}

/** Logs problems that OpenTelemetry finds with its variables. */
function withWarnings<T>(api: typeof import('@opentelemetry/api'), logger: Logger, make: () => T): T {
  const nothing = (): void => {};
  const warn = (message: string): void => logger.warn(`A variable of OpenTelemetry cannot be used: ${message}`);
  api.diag.setLogger({ verbose: nothing, debug: nothing, info: nothing, warn, error: warn }, api.DiagLogLevel.WARN);
  try {
    return make();
  } finally {
    api.diag.disable();
  }
}
