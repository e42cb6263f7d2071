import type { Meter, MetricLabels } from '@worker-host/core';
import type { Counter, Gauge, Histogram } from 'prom-client';
import { METRIC_DEFINITIONS, type MetricDefinition, SECONDS_BUCKETS } from './metric-definitions.js';

/** A meter that Prometheus can read. */
export interface PrometheusMeter extends Meter {
  readonly contentType: string;
  /** Everything measured, in Prometheus's text format. The metrics of the host are there from the first time on. */
  text(): Promise<string>;
}

/** Loads the metrics library, which a worker without metrics never does. */
export async function createPrometheusMeter(): Promise<PrometheusMeter> {
  const { default: prometheus } = await import('prom-client');
  const registry = new prometheus.Registry();
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
      const made = new prometheus.Histogram({ ...shape(definition), buckets: [...buckets] });
      histograms.set(name, made);
      for (const labels of known) made.zero(labels);
    }
  };
  for (const definition of METRIC_DEFINITIONS) define(definition);
  const errors = counters.get('worker_host_meter_errors_total');
  /** Takes a measurement, which never disturbs what is measured. A metric of a plugin is defined when it is measured first. */
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
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    count: (name, labels = {}, by = 1) => measure('counter', name, labels, () => must(counters, name).inc(labels, by)),
    gauge: (name, value, labels = {}) => measure('gauge', name, labels, () => must(gauges, name).set(labels, value)),
    observe: (name, value, labels = {}) =>
      measure('histogram', name, labels, () => must(histograms, name).observe(labels, value)),
  };
}

/** Every combination of the values that are known of the labels; none where a label may have any value. */
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
