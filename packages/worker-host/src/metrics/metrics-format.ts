/** A format of metrics for Prometheus. */
export type MetricsFormat = 'prometheus' | 'openmetrics';

/**
 * Returns the format that an `Accept` header prefers: OpenMetrics only if it is listed and nothing is preferred to it.
 */
export function formatFor(accept: string | undefined): MetricsFormat {
  const ranges = (accept ?? '').split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return { type, weight: quality === undefined ? 1 : Number(quality.slice(2)) || 0 };
  });
  const weightOf = (...types: readonly string[]): number =>
    Math.max(0, ...ranges.filter(({ type }) => types.includes(type)).map(({ weight }) => weight));
  const openMetrics = weightOf('application/openmetrics-text');
  return openMetrics > 0 && openMetrics >= weightOf('text/plain', 'text/*') ? 'openmetrics' : 'prometheus';
}
