import type { EventSink, Exemplar, Logger, Meter, MetricLabels, WorkerEvent } from '@worker-host/core';
import { inject, injectAll, injectable } from 'tsyringe';
import { HOST_TOKENS } from './tokens.js';

/** Calls every sink of a kind. A sink that throws is logged once, and loses only its own data. */
class Sinks<Sink> {
  readonly #failing = new Set<Sink>();

  constructor(
    private readonly sinks: readonly Sink[],
    private readonly what: string,
    private readonly logger: Logger,
  ) {}

  tell(call: (sink: Sink) => void): void {
    for (const sink of this.sinks) {
      try {
        call(sink);
      } catch (error) {
        if (!this.#failing.has(sink)) this.logger.warn(`A sink of ${this.what} failed; its data is lost`, { error });
        this.#failing.add(sink);
      }
    }
  }
}

/** Passes each measurement to every sink of metrics. */
@injectable()
export class FanOutMeter implements Meter {
  readonly #sinks: Sinks<Meter>;

  constructor(@injectAll(HOST_TOKENS.MetricsSink) sinks: readonly Meter[], @inject(HOST_TOKENS.Logger) logger: Logger) {
    this.#sinks = new Sinks(sinks, 'metrics', logger);
  }

  count(name: string, labels?: MetricLabels, by?: number): void {
    this.#sinks.tell((sink) => sink.count(name, labels, by));
  }

  gauge(name: string, value: number, labels?: MetricLabels): void {
    this.#sinks.tell((sink) => sink.gauge(name, value, labels));
  }

  observe(name: string, value: number, labels?: MetricLabels, exemplar?: Exemplar): void {
    this.#sinks.tell((sink) => sink.observe(name, value, labels, exemplar));
  }
}

/** Passes each event to the control plane, then, with its id there, to every other sink of events. */
@injectable()
export class FanOutEvents implements EventSink {
  readonly #first: EventSink;
  readonly #others: Sinks<EventSink>;

  constructor(
    @inject(HOST_TOKENS.Orchestrator) controlPlane: EventSink,
    @injectAll(HOST_TOKENS.EventSink, { isOptional: true }) others: readonly EventSink[],
    @inject(HOST_TOKENS.Logger) logger: Logger,
  ) {
    this.#first = controlPlane;
    this.#others = new Sinks(others, 'events', logger);
  }

  emit(event: WorkerEvent): string {
    const id = this.#first.emit(event);
    this.#others.tell((sink) => sink.emit({ ...event, id }));
    return id;
  }
}
