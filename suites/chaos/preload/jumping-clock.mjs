// Loaded into a worker process with `--import`: its wall clock is off by as many milliseconds as the file named by
// CHAOS_CLOCK_FILE says. Timers go on at their own pace, as they do when a machine's clock is set.
import { readFileSync, watchFile } from 'node:fs';

const file = process.env.CHAOS_CLOCK_FILE;
const realNow = Date.now;
let offsetMs = 0;

function readOffset() {
  try {
    offsetMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

if (file) {
  readOffset();
  watchFile(file, { interval: 200, persistent: false }, readOffset).unref();
  const RealDate = Date;
  globalThis.Date = class JumpingDate extends RealDate {
    constructor(...parts) {
      if (parts.length === 0) super(realNow() + offsetMs);
      else super(...parts);
    }

    static now() {
      return realNow() + offsetMs;
    }
  };
}
