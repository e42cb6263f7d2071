/**
 * Parses CPU units such as `1024`, `1 vCPU` or `.5 vcpu`, and memory in MiB such as `2048` or `2 GB`. NaN if invalid.
 */
export function sizeNumber(text: string): number {
  const match = /^\s*(\d*\.?\d+)\s*(vcpu|gb)?\s*$/i.exec(text);
  return match ? Number(match[1]) * (match[2] ? 1024 : 1) : Number.NaN;
}
