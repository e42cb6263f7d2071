import type { Exemplar, Meter, MetricLabels } from '@worker-host/core';
import type { Counter, Gauge, Histogram, OpenMetricsContentType, PrometheusContentType, Registry } from 'prom-client';
import { METRIC_DEFINITIONS, type MetricDefinition, SECONDS_BUCKETS } from './metric-definitions.js';
import { formatFor } from './metrics-format.js';

/** A meter for Prometheus. */
export interface PrometheusMeter extends Meter {
  readonly contentType: string;
  /** Returns all metrics in Prometheus's text format. The metrics of the host exist from the start. */
  text(): Promise<string>;
  /**
   * Returns all metrics in the format of an `Accept` header: OpenMetrics, with exemplars, if it prefers that and the meter
   * stores exemplars; otherwise Prometheus's text format.
   */
  page(accept: string | undefined): Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface PrometheusMeterOptions {
  /** True: stores the trace of the latest measurement in each bucket of a histogram. Default: false. */
  readonly withExemplars?: boolean;
}

type AnyRegistry = Registry<PrometheusContentType | OpenMetricsContentType>;

/** Loads the metrics library, which a worker without metrics never does. */
export async function createPrometheusMeter({
  withExemplars = false,
}: PrometheusMeterOptions = {}): Promise<PrometheusMeter> {
  const { default: prometheus } = await import('prom-client');
  const { prometheusContentType: contentType, openMetricsContentType } = prometheus;
  const registry: AnyRegistry = new prometheus.Registry();
  // The library stores exemplars of histograms only in such a registry.
  if (withExemplars) registry.setContentType(openMetricsContentType);
  prometheus.collectDefaultMetrics({ register: registry });
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  const shape = ({ name, help, labels = {} }: MetricDefinition) => ({
    name,
    help,
    labelNames: Object.keys(labels),
    registers: [registry],
  });
  const define = (definition: MetricDefinition): void => {
    const { name, type, buckets = SECONDS_BUCKETS } = definition;
    const known = knownLabels(definition);
    if (type === 'counter') {
      const made = new prometheus.Counter(shape(definition));
      counters.set(name, made);
      for (const labels of known) made.inc(labels, 0);
    } else if (type === 'gauge') {
      const made = new prometheus.Gauge(shape(definition));
      gauges.set(name, made);
      for (const labels of known) made.set(labels, 0);
    } else {
      const made = new prometheus.Histogram({
        ...shape(definition),
        buckets: [...buckets],
        enableExemplars: withExemplars,
      });
      histograms.set(name, made);
      for (const labels of known) made.zero(labels);
    }
  };
  for (const definition of METRIC_DEFINITIONS) define(definition);
  const errors = counters.get('worker_host_meter_errors_total');
  /** Records a measurement, without ever failing the caller. A metric of a plugin is defined by its first measurement. */
  const measure = (type: MetricDefinition['type'], name: string, labels: MetricLabels, take: () => void): void => {
    try {
      const isKnown = [counters, gauges, histograms].some((metrics) => metrics.has(name));
      if (!isKnown)
        define({
          name,
          type,
          help: name.replaceAll('_', ' '),
          labels: Object.fromEntries(Object.keys(labels).map((label) => [label, []])),
        });
      take();
    } catch {
      errors?.inc();
    }
  };
  const observe = (name: string, value: number, labels: MetricLabels, exemplar: Exemplar = {}): void => {
    const histogram = must(histograms, name);
    // With exemplars the library takes one object, otherwise two arguments.
    if (withExemplars) histogram.observe({ labels, value, exemplarLabels: exemplar });
    else histogram.observe(labels, value);
  };
  const pages = new Pages(registry);
  return {
    contentType,
    text: () => pages.text(contentType),
    page: async (accept) => {
      const isOpen = withExemplars && formatFor(accept) === 'openmetrics';
      const chosen = isOpen ? openMetricsContentType : contentType;
      return { contentType: chosen, text: await pages.text(chosen) };
    },
    count: (name, labels = {}, by = 1) => measure('counter', name, labels, () => must(counters, name).inc(labels, by)),
    gauge: (name, value, labels = {}) => measure('gauge', name, labels, () => must(gauges, name).set(labels, value)),
    observe: (name, value, labels = {}, exemplar = undefined) =>
      measure('histogram', name, labels, () => observe(name, value, labels, exemplar)),
  };
}

/**
 * Returns the metrics of a registry in either format, one at a time: the library stores the format in the registry, and removes
 * the suffix of counters permanently when it writes OpenMetrics.
 */
class Pages {
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly registry: AnyRegistry) {}

  text(contentType: AnyRegistry['contentType']): Promise<string> {
    const text = this.#last.then(() => this.#text(contentType));
    this.#last = text.catch(() => {});
    return text;
  }

  async #text(contentType: AnyRegistry['contentType']): Promise<string> {
    const { registry } = this;
    const before = registry.contentType;
    const named = registry.getMetricsAsArray().map((metric) => ({ metric, name: metric.name }));
    registry.setContentType(contentType);
    try {
      return await registry.metrics();
    } finally {
      registry.setContentType(before);
      for (const { metric, name } of named) metric.name = name;
    }
  }
}

/** Returns every combination of the known label values; none if a label can have any value. */
function knownLabels({ labels = {} }: MetricDefinition): readonly Record<string, string>[] {
  let combinations: readonly Record<string, string>[] = [{}];
  for (const [name, values] of Object.entries(labels))
    combinations = combinations.flatMap((each) => values.map((value) => ({ ...each, [name]: value })));
  return combinations;
}

function must<T>(metrics: ReadonlyMap<string, T>, name: string): T {
  const metric = metrics.get(name);
  if (metric === undefined) throw new Error(`${name} is a metric of another type`);
  return metric;
}
