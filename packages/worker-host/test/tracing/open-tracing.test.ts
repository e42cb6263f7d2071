import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { SecretRegistry } from '@worker-host/core';
import { FakeClock, RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import { openTracing } from '../../src/tracing/open-tracing.js';
import { OtelPackages } from '../../src/tracing/packages.js';
import { traceWith } from '../../src/tracing/trace-with.js';
import type { Tracing } from '../../src/tracing/tracing.js';
import { createSubject } from '../host/support/subject.js';
import { PACKAGES } from './trace-bench.js';

const RUN = '0f8fad5b-d9cb-469f-a165-70867728950e';

/** Runs a job with tracing enabled. */
async function traceOneRun(tracing: Tracing): Promise<void> {
  const { start, pool, worker, host } = createSubject({}, { tracing });
  pool.addRun({ id: RUN });
  await start();
  worker.last.end(0);
  await settle();
  expect(pool.lastState(RUN)?.type).to.equal('COMPLETED');
  host.stop();
}

describe('tracing', () => {
  let server: Server;
  let endpoint = '';
  let respond: (request: IncomingMessage, response: ServerResponse) => void;
  const before = { ...process.env };

  beforeEach(async () => {
    server = createServer((request, response) => respond(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(process.env, {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20hunter2-hunter2',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      OTEL_SERVICE_NAME: 'jobs',
    });
  });

  afterEach(async () => {
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('sends the spans to the collector of the variables, with its headers and service name', async () => {
    const received: { path: string; authorization: unknown; body: string }[] = [];
    respond = async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { url: path = '', headers } = request;
      received.push({ path, authorization: headers.authorization, body: Buffer.concat(chunks).toString('latin1') });
      response.end();
    };
    const secrets = new SecretRegistry();
    const tracing = await openTracing({ secrets });
    await traceOneRun(tracing);
    await tracing.close();

    expect(received).to.have.length(1);
    expect(received[0]).to.include({ path: '/v1/traces', authorization: 'Bearer hunter2-hunter2' });
    expect(received[0]?.body)
      .to.include('jobs')
      .and.to.include('deployment.environment.name')
      .and.to.include('RUN flow');
    expect(secrets.redact('Bearer hunter2-hunter2')).to.equal('********');
  });

  it('counts spans that a collector rejects, and logs once that it starts and ends', async () => {
    let status = 400;
    respond = (_, response) => response.writeHead(status).end();
    const logger = new RecordingLogger();
    const counted: unknown[] = [];
    const count = (name: string, _: unknown, by?: number): void => void counted.push([name, by]);
    process.env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE = '2';
    const tracing = await openTracing({ logger, meter: { count, gauge() {}, observe() {} } });
    await traceOneRun(tracing);
    await traceOneRun(tracing);
    await new Promise((resolve) => setImmediate(resolve));
    status = 200;
    await tracing.close();

    const lines = logger.lines.map(({ level, message }) => `${level} ${message}`);
    expect(lines.filter((line) => line.startsWith('warn Exporting spans failed'))).to.have.length(1);
    expect(counted[0]).to.deep.equal(['worker_host_spans_lost_total', 2]);
  });

  it('delays the end of the worker by at most two seconds if the collector never responds', async () => {
    respond = () => {};
    const clock = new FakeClock();
    const logger = new RecordingLogger();
    const tracing = await openTracing({ logger, clock });
    await traceOneRun(tracing);
    let isClosed = false;
    const closing = tracing.close().then(() => {
      isClosed = true;
    });
    await clock.advance(1_999);
    expect(isClosed).to.equal(false);
    await clock.advance(1);
    await closing;

    expect(logger.lines.map(({ message }) => message)).to.deep.equal(['Sending the last spans failed']);
  });

  it('closes although a processor fails', async () => {
    const processor = { shutdown: () => Promise.reject(new Error('no')) } as unknown as SpanProcessor;
    const logger = new RecordingLogger();
    await (await traceWith(PACKAGES, () => processor, { logger })).close();

    expect(logger.lines).to.have.length(1);
  });

  it('names the package that is missing, and how to install it', async () => {
    const packages = new OtelPackages('@opentelemetry/exporter-that-is-missing');
    const error = await packages.exporter().catch((thrown: unknown) => thrown);

    expect(error).to.include({ code: 'TRACING_PACKAGE_MISSING' });
    expect((error as Error).message).to.match(
      /'@opentelemetry\/exporter-that-is-missing' .*npm install @opentelemetry\/api@1\.9 .*exporter-that-is-missing@0\.\d+$/,
    );
  });

  for (const protocol of ['http/json', 'grpc'])
    it(`has an exporter for ${protocol}`, async () => {
      process.env.OTEL_EXPORTER_OTLP_PROTOCOL = protocol;
      respond = (_, response) => response.end();

      await (await openTracing()).close();
    });

  it('logs problems with a variable of OpenTelemetry', async () => {
    process.env.OTEL_TRACES_SAMPLER = 'sometimes';
    const logger = new RecordingLogger();
    await (await openTracing({ logger })).close();

    expect(logger.lines.map(({ message }) => message).join()).to.match(/sometimes/);
  });
});
