import type { Meter, MetricLabels } from '@worker-host/core';
import type { Counter, Gauge, Histogram } from 'prom-client';

const SECONDS_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 14_400];

/** A meter that Prometheus can read. */
export interface PrometheusMeter extends Meter {
  readonly contentType: string;
  /** Everything measured, in Prometheus's text format. */
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
  const errors = new prometheus.Counter({
    name: 'worker_host_meter_errors_total',
    help: 'measurements that could not be taken: a name or label that does not fit',
    registers: [registry],
  });
  /** A measurement never disturbs what is measured. */
  const safely = (measure: () => void): void => {
    try {
      measure();
    } catch {
      errors.inc();
    }
  };
  const shape = (name: string, labels: MetricLabels) => ({
    name,
    help: name.replaceAll('_', ' '),
    labelNames: Object.keys(labels),
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    count(name, labels = {}, by = 1) {
      safely(() => made(counters, name, () => new prometheus.Counter(shape(name, labels))).inc(labels, by));
    },
    gauge(name, value, labels = {}) {
      safely(() => made(gauges, name, () => new prometheus.Gauge(shape(name, labels))).set(labels, value));
    },
    observe(name, value, labels = {}) {
      const buckets = SECONDS_BUCKETS;
      safely(() => {
        const make = () => new prometheus.Histogram({ ...shape(name, labels), buckets });
        made(histograms, name, make).observe(labels, value);
      });
    },
  };
}

function made<T>(kept: Map<string, T>, name: string, make: () => T): T {
  const known = kept.get(name);
  if (known !== undefined) return known;
  const fresh = make();
  kept.set(name, fresh);
  return fresh;
}
