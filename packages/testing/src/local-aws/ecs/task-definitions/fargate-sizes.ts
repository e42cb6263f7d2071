/** Task sizes of Fargate. Source: ECS Developer Guide, task definition parameters; memory in MiB, CPU in units. */
const MEMORY_BY_CPU: Readonly<Record<number, { from: number; to: number; step: number }>> = {
  512: { from: 1024, to: 4096, step: 1024 },
  1024: { from: 2048, to: 8192, step: 1024 },
  2048: { from: 4096, to: 16_384, step: 1024 },
  4096: { from: 8192, to: 30_720, step: 1024 },
  8192: { from: 16_384, to: 61_440, step: 4096 },
  16384: { from: 32_768, to: 122_880, step: 8192 },
};

const SMALLEST_CPU = 256;
const SMALLEST_MEMORY: readonly number[] = [512, 1024, 2048];

export function isFargateCpu(cpu: number): boolean {
  return cpu === SMALLEST_CPU || MEMORY_BY_CPU[cpu] !== undefined;
}

export function isFargatePair(cpu: number, memoryMib: number): boolean {
  if (cpu === SMALLEST_CPU) return SMALLEST_MEMORY.includes(memoryMib);
  const range = MEMORY_BY_CPU[cpu];
  if (range === undefined || memoryMib < range.from || memoryMib > range.to) return false;
  return (memoryMib - range.from) % range.step === 0;
}

/** Parses `1024`, `1 vCPU` and `.5 vcpu` as CPU units; NaN for other texts. */
export function parseCpuUnits(text: string): number {
  const vcpu = /^\s*(\d*\.?\d+)\s*vcpus?\s*$/i.exec(text)?.[1];
  return vcpu === undefined ? wholeNumber(text) : Number(vcpu) * 1024;
}

/** Parses `2048`, `2 GB` and `2gb` as MiB; NaN for other texts. */
export function parseMemoryMib(text: string): number {
  const gib = /^\s*(\d*\.?\d+)\s*gb\s*$/i.exec(text)?.[1];
  return gib === undefined ? wholeNumber(text) : Number(gib) * 1024;
}

function wholeNumber(text: string): number {
  return /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN;
}
