/** Returns the headers of a request, overridden by those of `PREFECT_CLIENT_CUSTOM_HEADERS`. */
export function withCustomHeaders(
  headers: Readonly<Record<string, string>>,
  custom: Readonly<Record<string, string>>,
): Record<string, string> {
  const replaced = new Set(Object.keys(custom).map((name) => name.toLowerCase()));
  const kept = Object.entries(headers).filter(([name]) => !replaced.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...custom };
}
