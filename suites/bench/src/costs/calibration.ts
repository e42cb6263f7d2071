import { createHash } from 'node:crypto';

const ROUNDS = 400;
const DOCUMENT = Array.from({ length: 50 }, (_, index) => ({
  index,
  text: `value ${index}`,
  flags: [true, false, null],
}));

/**
 * Returns the processor time of a fixed piece of work, in milliseconds: the lower of two measurements. Other costs are
 * multiples of it, so that they can be compared between machines.
 */
export function calibrate(): number {
  return Math.min(work(), work());
}

function work(): number {
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round += 1) {
    const text = JSON.stringify(DOCUMENT);
    createHash('sha256').update(text).digest('hex');
    JSON.parse(text);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
