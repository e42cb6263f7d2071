import { TracingExporterError } from './tracing-errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The package of each protocol of `OTEL_EXPORTER_OTLP_PROTOCOL`. */
const EXPORTERS: Readonly<Record<string, string>> = {
  'http/protobuf': '@opentelemetry/exporter-trace-otlp-proto',
  'http/json': '@opentelemetry/exporter-trace-otlp-http',
  grpc: '@opentelemetry/exporter-trace-otlp-grpc',
};
const EXPORTER_VARIABLE = 'OTEL_TRACES_EXPORTER';

/**
 * Returns whether tracing is enabled: by the setting, otherwise by the variables of OpenTelemetry for an exporter or a
 * collector.
 *
 * @param setting undefined: not set.
 */
export function wantsTraces(setting: boolean | undefined, environment: Environment): boolean {
  if (setting === false || environment.OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true') return false;
  const exporter = setValueOf(environment, EXPORTER_VARIABLE);
  if (exporter === 'none') return false;
  if (setting === true || exporter !== undefined) return true;
  const endpoints = ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
  return endpoints.some((name) => setValueOf(environment, name) !== undefined);
}

/** Returns the package that exports spans. @throws TracingExporterError */
export function exporterPackageOf(environment: Environment): string {
  const exporter = setValueOf(environment, EXPORTER_VARIABLE) ?? 'otlp';
  if (exporter !== 'otlp') throw new TracingExporterError(EXPORTER_VARIABLE, exporter, ['otlp', 'none']);
  const names = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'] as const;
  const name = names.find((each) => setValueOf(environment, each) !== undefined) ?? names[1];
  const protocol = setValueOf(environment, name) ?? 'http/protobuf';
  const found = Object.hasOwn(EXPORTERS, protocol) ? EXPORTERS[protocol] : undefined;
  if (found === undefined) throw new TracingExporterError(name, protocol, Object.keys(EXPORTERS));
  return found;
}

/** Returns the secrets in the headers for the collector, as written and as sent. */
export function headerSecrets(environment: Environment): readonly string[] {
  const headers = [environment.OTEL_EXPORTER_OTLP_HEADERS, environment.OTEL_EXPORTER_OTLP_TRACES_HEADERS];
  return headers.flatMap((line = '') =>
    line.split(',').flatMap((header) => {
      const value = header.slice(header.indexOf('=') + 1).trim();
      return value === '' ? [] : [value, decoded(value)];
    }),
  );
}

/** By the specification, an empty value counts as not set. */
function setValueOf(environment: Environment, name: string): string | undefined {
  const value = environment[name]?.trim();
  return value === '' ? undefined : value;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
