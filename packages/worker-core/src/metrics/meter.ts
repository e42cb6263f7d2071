/** Label values of one measurement. Keep their number small: never a run id. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Names the trace in which a measurement was made, such as `trace_id` and `span_id`: at most 128 characters in all. */
export type Exemplar = Readonly<Record<string, string>>;

/** Where measurements go. Names are snake_case and carry their unit (`…_seconds`, `…_total`). */
export interface Meter {
  count(name: string, labels?: MetricLabels, by?: number): void;
  gauge(name: string, value: number, labels?: MetricLabels): void;
  /** @param exemplar kept by meters that can show one. */
  observe(name: string, value: number, labels?: MetricLabels, exemplar?: Exemplar): void;
}

/** A meter that measures nothing. */
export const silentMeter: Meter = {
  count() {},
  gauge() {},
  observe() {},
};
