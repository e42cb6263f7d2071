/** Label values of one measurement. Keep their number small: never a run id. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Where measurements go. Names are snake_case and carry their unit (`…_seconds`, `…_total`). */
export interface Meter {
  count(name: string, labels?: MetricLabels, by?: number): void;
  gauge(name: string, value: number, labels?: MetricLabels): void;
  observe(name: string, value: number, labels?: MetricLabels): void;
}

/** A meter that measures nothing. */
export const silentMeter: Meter = {
  count() {},
  gauge() {},
  observe() {},
};
