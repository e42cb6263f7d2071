import { expect } from 'chai';
import { exporterPackageOf, headerSecrets, wantsTraces } from '../../src/tracing/tracing-settings.js';

describe('traces', () => {
  for (const [what, setting, environment, wanted] of [
    ['nothing', undefined, {}, false],
    ['the setting', true, {}, true],
    ['an endpoint', undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, true],
    ['an endpoint of traces', undefined, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318' }, true],
    ['an exporter', undefined, { OTEL_TRACES_EXPORTER: 'otlp' }, true],
    ['empty variables', undefined, { OTEL_EXPORTER_OTLP_ENDPOINT: '', OTEL_TRACES_EXPORTER: ' ' }, false],
    [
      'other variables of OpenTelemetry',
      undefined,
      { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' },
      false,
    ],
    ['the exporter none', true, { OTEL_TRACES_EXPORTER: 'none' }, false],
    ['a disabled SDK', true, { OTEL_SDK_DISABLED: 'True' }, false],
    ['the setting false beside an endpoint', false, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }, false],
  ] as const)
    it(`are ${wanted ? 'on' : 'off'} with ${what}`, () => {
      expect(wantsTraces(setting, environment)).to.equal(wanted);
    });

  it('are exported by the package of the protocol', () => {
    expect(exporterPackageOf({})).to.equal('@opentelemetry/exporter-trace-otlp-proto');
    expect(exporterPackageOf({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })).to.equal(
      '@opentelemetry/exporter-trace-otlp-grpc',
    );
    const both = { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' };
    expect(exporterPackageOf(both)).to.equal('@opentelemetry/exporter-trace-otlp-http');
  });

  it('support no other exporter and no other protocol', () => {
    expect(() => exporterPackageOf({ OTEL_TRACES_EXPORTER: 'zipkin' })).to.throw(/'zipkin' of OTEL_TRACES_EXPORTER/);
    expect(() => exporterPackageOf({ OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'toString' })).to.throw(
      /'toString' of OTEL_EXPORTER_OTLP_TRACES_PROTOCOL .*http\/protobuf, http\/json, grpc/,
    );
  });

  it('know the secrets in the headers for the collector', () => {
    const environment = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc, x-key=k=1', OTEL_SERVICE_NAME: 'x' };
    expect(headerSecrets(environment)).to.deep.equal(['Bearer%20abc', 'Bearer abc', 'k=1', 'k=1']);
    expect(headerSecrets({ OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'a=%' })).to.deep.equal(['%', '%']);
  });
});
