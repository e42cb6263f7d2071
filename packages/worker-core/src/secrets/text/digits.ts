/** Returns the value of a hexadecimal digit; -1 for any other unit. */
export function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  const lower = unit | 0x20;
  return unit < 0x80 && lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Whether a unit is an ASCII letter. */
export function isLetter(unit: number): boolean {
  const lower = unit | 0x20;
  return unit < 0x80 && lower >= 0x61 && lower <= 0x7a;
}

/** Whether a unit is a decimal digit of ASCII. */
export function isDigit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39;
}
