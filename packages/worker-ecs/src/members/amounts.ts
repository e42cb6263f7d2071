type Units = Readonly<Record<string, number>>;

const CPU_UNITS: Units = { vcpu: 1024, cpu: 1024, core: 1024, m: 1.024 };
const MIB: Units = { k: 1 / 1024, m: 1, g: 1024, t: 1024 ** 2 };
const GIB: Units = { k: 1 / 1024 ** 2, m: 1 / 1024, g: 1, t: 1024 };
const SECONDS: Units = { ms: 0.001, s: 1, sec: 1, second: 1, m: 60, min: 60, minute: 60, h: 3600, hour: 3600 };

/** Units of AWS's integers, for the members that users write with a unit. */
const UNITS: ReadonlyMap<string, Units> = new Map([
  ['cpu', CPU_UNITS],
  ...['memory', 'memoryReservation', 'sharedMemorySize', 'maxSwap', 'size'].map((member) => [member, MIB] as const),
  ['sizeInGiB', GIB],
  ...['interval', 'timeout', 'startPeriod', 'startTimeout', 'stopTimeout', 'restartAttemptPeriod'].map(
    (member) => [member, SECONDS] as const,
  ),
]);
/** AWS's integers have 32 bits. */
const HIGHEST = 2 ** 31 - 1;
const AMOUNT = /^(?:\d*\.?\d+ *[a-z]* *)+$/i;
const LONGEST_AMOUNT = 40;

/**
 * Returns the integer for a text such as `2 GiB`, `500m` or `1m30s`, in the unit of the member. Null: not a number, or
 * an unknown unit.
 */
export function amountIn(text: string, member: string): number | null {
  const units = UNITS.get(member);
  const amount = units === undefined ? Number.parseFloat(text) : sumIn(text.trim(), units);
  const whole = amount > 0 && amount < 1 ? 1 : Math.round(amount);
  return Math.abs(whole) <= HIGHEST ? whole : null;
}

function sumIn(text: string, units: Units): number {
  if (text.length > LONGEST_AMOUNT || !AMOUNT.test(text)) return Number.NaN;
  const parts = [...text.matchAll(/(\d*\.?\d+) *([a-z]*)/gi)];
  return parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * factorOf(unit, units), 0);
}

function factorOf(written: string, units: Units): number {
  const unit = written.toLowerCase();
  if (unit === '') return 1;
  const names = [unit, unit.replace(/s$/, ''), unit.replace(/i?b$/, ''), unit.replace(/i$/, '')];
  const known = names.find((name) => Object.hasOwn(units, name));
  return known === undefined ? Number.NaN : (units[known] ?? Number.NaN);
}
