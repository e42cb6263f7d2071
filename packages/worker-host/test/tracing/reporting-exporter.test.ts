import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import { ReportingExporter } from '../../src/tracing/reporting-exporter.js';

describe('an exporter', () => {
  it('counts each lost batch, and logs the first one and the recovery', async () => {
    const logger = new RecordingLogger();
    const counted: unknown[] = [];
    const codes = [1, 1, 0, 0];
    const results: number[] = [];
    const calls: string[] = [];
    const inner: SpanExporter = {
      export: (_, onResult) => onResult({ code: codes.shift() ?? 0, error: new Error('503') }),
      shutdown: async () => void calls.push('shutdown'),
      forceFlush: async () => void calls.push('flush'),
    };
    const meter = { count: (...words: unknown[]) => void counted.push(words), gauge() {}, observe() {} };
    const exporter = new ReportingExporter(inner, logger, meter);
    const batch = [{}, {}, {}] as unknown as ReadableSpan[];
    for (let batches = 0; batches < 4; batches += 1) exporter.export(batch, ({ code }) => results.push(code));
    await exporter.forceFlush();
    await exporter.shutdown();

    expect(logger.lines.map(({ level, message }) => [level, message])).to.deep.equal([
      ['warn', 'Exporting spans failed; spans are lost until the collector answers'],
      ['info', 'Spans are exported again'],
    ]);
    expect(logger.lines[1]?.fields).to.deep.equal({ lost: 6 });
    expect(counted).to.deep.equal([
      ['worker_host_spans_lost_total', {}, 3],
      ['worker_host_spans_lost_total', {}, 3],
    ]);
    // OpenTelemetry itself would log each failure.
    expect(results).to.deep.equal([0, 0, 0, 0]);
    expect(calls).to.deep.equal(['flush', 'shutdown']);
  });
});
