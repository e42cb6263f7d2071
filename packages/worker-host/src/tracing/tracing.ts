import type { Clock, Logger, Meter, SecretRegistry } from '@worker-host/core';
import type { RunTracer } from '../host/run/run-trace.js';

export interface OpenTracingOptions {
  /** Where `OTEL_*` variables are read; the packages of OpenTelemetry read those of the process. Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Default: measures nothing. */
  readonly meter?: Meter;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Learns the headers for the collector. Default: none. */
  readonly secrets?: SecretRegistry;
}

/** Traces the runs of one host. */
export interface Tracing extends RunTracer {
  /** Names the worker on the spans from now on; its id once the control plane has given it one. */
  serve(worker: { readonly name: string; readonly id: () => string | null }): void;
  /** Sends the last spans, for two seconds at most. Never throws. */
  close(): Promise<void>;
}
