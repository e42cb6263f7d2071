/** Labels of a measurement. Keep the number of distinct values small: never a run id. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Trace in which a measurement was made, such as `trace_id` and `span_id`. Maximum 128 characters in all. */
export type Exemplar = Readonly<Record<string, string>>;

/** Receives measurements. Names are snake_case and contain the unit (`…_seconds`, `…_total`). */
export interface Meter {
  count(name: string, labels?: MetricLabels, by?: number): void;
  gauge(name: string, value: number, labels?: MetricLabels): void;
  /** @param exemplar stored by meters that support exemplars. */
  observe(name: string, value: number, labels?: MetricLabels, exemplar?: Exemplar): void;
}

/** Discards all measurements. */
export const silentMeter: Meter = {
  count() {},
  gauge() {},
  observe() {},
};
