/** A size of Fargate: CPU units and the possible memory, in MiB. */
interface FargateSize {
  readonly cpu: number;
  readonly memoryMib: readonly number[];
}

const steps = (from: number, to: number, step: number): number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

const FARGATE_SIZES: readonly FargateSize[] = [
  { cpu: 256, memoryMib: [512, 1024, 2048] },
  { cpu: 512, memoryMib: steps(1024, 4096, 1024) },
  { cpu: 1024, memoryMib: steps(2048, 8192, 1024) },
  { cpu: 2048, memoryMib: steps(4096, 16384, 1024) },
  { cpu: 4096, memoryMib: steps(8192, 30720, 1024) },
  { cpu: 8192, memoryMib: steps(16384, 61440, 4096) },
  { cpu: 16384, memoryMib: steps(32768, 122880, 8192) },
];

/**
 * Returns the memory, in MiB, that Fargate offers with this CPU and that is nearest to the requested one; null: the
 * pair is valid, or the CPU is unknown here and AWS decides.
 */
export function nearestFargateMemory(
  cpu: number,
  memoryMib: number,
): { readonly nearest: number; readonly all: readonly number[] } | null {
  const size = FARGATE_SIZES.find((candidate) => candidate.cpu === cpu);
  if (!size || Number.isNaN(memoryMib) || size.memoryMib.includes(memoryMib)) return null;
  const nearest = size.memoryMib.reduce((best, value) =>
    Math.abs(value - memoryMib) < Math.abs(best - memoryMib) ? value : best,
  );
  return { nearest, all: size.memoryMib };
}

/** Returns the smallest CPU with which Fargate offers exactly this memory; null: none. */
export function smallestCpuWith(memoryMib: number): number | null {
  return FARGATE_SIZES.find((size) => size.memoryMib.includes(memoryMib))?.cpu ?? null;
}

/** Returns whether the table contains this CPU. */
export function isKnownCpu(cpu: number): boolean {
  return FARGATE_SIZES.some((size) => size.cpu === cpu);
}
