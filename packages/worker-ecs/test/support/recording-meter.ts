import type { Meter, MetricLabels } from '@worker-host/core';

/** A meter that records its measurements, each as `name{label=value} number`. */
export class RecordingMeter implements Meter {
  readonly measured: string[] = [];

  count(name: string, labels: MetricLabels = {}, by = 1): void {
    this.#keep(name, labels, by);
  }

  gauge(name: string, value: number, labels: MetricLabels = {}): void {
    this.#keep(name, labels, value);
  }

  observe(name: string, value: number, labels: MetricLabels = {}): void {
    this.#keep(name, labels, value);
  }

  /** Returns the measurements with a name, in order. */
  of(name: string): readonly string[] {
    return this.measured.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  }

  #keep(name: string, labels: MetricLabels, value: number): void {
    const shown = Object.entries(labels).map(([key, label]) => `${key}=${label}`);
    this.measured.push(`${name}${shown.length > 0 ? `{${shown.join(',')}}` : ''} ${value}`);
  }
}
