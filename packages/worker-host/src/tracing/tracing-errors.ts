import { WorkerError } from '@worker-host/core';

/** Tracing is enabled, and a package of OpenTelemetry that exports spans is missing or cannot be loaded. */
export class TracingPackageError extends WorkerError {
  readonly code = 'TRACING_PACKAGE_MISSING';

  constructor(name: string, install: string, options: ErrorOptions) {
    super(
      `Traces are configured, but the package '${name}' cannot be loaded. Install it alongside worker-host: ${install}`,
      { ...options, details: { package: name } },
    );
  }
}

/** A variable of OpenTelemetry selects an exporter or protocol that worker-host does not support. */
export class TracingExporterError extends WorkerError {
  readonly code = 'TRACING_EXPORTER_INVALID';

  constructor(variable: string, value: string, supported: readonly string[]) {
    super(`The value '${value}' of ${variable} is not supported. Set it to one of: ${supported.join(', ')}.`, {
      details: { variable, value },
    });
  }
}
