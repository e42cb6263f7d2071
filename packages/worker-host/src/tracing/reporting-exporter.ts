import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Logger, Meter } from '@worker-host/core';

type Export = SpanExporter['export'];

/** Counts the spans that the collector rejects, and logs when that starts and ends. */
export class ReportingExporter implements SpanExporter {
  #lost = 0;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly logger: Logger,
    private readonly meter: Meter,
  ) {}

  export(spans: ReadableSpan[], onResult: Parameters<Export>[1]): void {
    this.exporter.export(spans, (result) => {
      if (result.code === 0) this.#recovered();
      else this.#failed(spans.length, result.error);
      onResult({ code: 0 });
    });
  }

  async shutdown(): Promise<void> {
    await this.exporter.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.exporter.forceFlush?.();
  }

  #failed(count: number, error: unknown): void {
    if (this.#lost === 0)
      this.logger.warn('Exporting spans failed; spans are lost until the collector answers', { error });
    this.#lost += count;
    this.meter.count('worker_host_spans_lost_total', {}, count);
  }

  #recovered(): void {
    if (this.#lost > 0) this.logger.info('Spans are exported again', { lost: this.#lost });
    this.#lost = 0;
  }
}
