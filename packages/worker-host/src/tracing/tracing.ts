import type { Clock, Logger, Meter, SecretRegistry } from '@worker-host/core';
import type { RunTracer } from '../host/run/run-trace.js';

export interface OpenTracingOptions {
  /**
   * Source of `OTEL_*` variables; the packages of OpenTelemetry read those of the process. Default: the process environment.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Default: no log. */
  readonly logger?: Logger;
  /** Default: no measurements. */
  readonly meter?: Meter;
  /** Default: the system clock. */
  readonly clock?: Clock;
  /** Receives the headers for the collector as secrets. Default: none. */
  readonly secrets?: SecretRegistry;
}

/** Traces the runs of one host. */
export interface Tracing extends RunTracer {
  /** Sets the worker on later spans, and its id once the control plane has assigned one. */
  serve(worker: { readonly name: string; readonly id: () => string | null }): void;
  /** Sends the last spans, for at most two seconds. Never throws. */
  close(): Promise<void>;
}
