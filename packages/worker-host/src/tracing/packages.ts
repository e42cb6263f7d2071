import { TracingPackageError } from './tracing-errors.js';

/** Compatible versions that run on the oldest Node that worker-host supports. */
const VERSIONS: Readonly<Record<string, string>> = {
  '@opentelemetry/api': '1.9',
  '@opentelemetry/resources': '2',
  '@opentelemetry/sdk-trace-base': '2',
};
const EXPORTER_VERSION = '0.223';

/** The packages of OpenTelemetry, which worker-host does not depend on. They are loaded if tracing is enabled. */
export class OtelPackages {
  constructor(private readonly exporterPackage: string) {}

  /** @throws TracingPackageError */
  api(): Promise<typeof import('@opentelemetry/api')> {
    return this.#load('@opentelemetry/api');
  }

  /** @throws TracingPackageError */
  resources(): Promise<typeof import('@opentelemetry/resources')> {
    return this.#load('@opentelemetry/resources');
  }

  /** @throws TracingPackageError */
  sdk(): Promise<typeof import('@opentelemetry/sdk-trace-base')> {
    return this.#load('@opentelemetry/sdk-trace-base');
  }

  /** All exporters have the same class. @throws TracingPackageError */
  exporter(): Promise<typeof import('@opentelemetry/exporter-trace-otlp-proto')> {
    return this.#load(this.exporterPackage);
  }

  async #load<T>(name: string): Promise<T> {
    try {
      return (await import(name)) as T;
    } catch (cause) {
      throw new TracingPackageError(name, this.#install, { cause });
    }
  }

  get #install(): string {
    const wanted = Object.entries({ ...VERSIONS, [this.exporterPackage]: EXPORTER_VERSION });
    return `npm install ${wanted.map(([name, version]) => `${name}@${version}`).join(' ')}`;
  }
}
