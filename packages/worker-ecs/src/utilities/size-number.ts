/** CPU units of `1024`, `1 vCPU` or `.5 vcpu`; memory in MiB of `2048`, `2 GB`. NaN where it cannot be read. */
export function sizeNumber(text: string): number {
  const match = /^\s*(\d*\.?\d+)\s*(vcpu|gb)?\s*$/i.exec(text);
  return match ? Number(match[1]) * (match[2] ? 1024 : 1) : Number.NaN;
}
