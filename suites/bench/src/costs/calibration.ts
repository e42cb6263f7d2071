import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BARE_REQUESTS = fileURLToPath(new URL('./bare-requests.js', import.meta.url));

/**
 * Returns the processor time of a bare HTTP request and its response in a fresh process of Node, in milliseconds. Other costs
 * are multiples of it, so that they can be compared between machines: like a run, it takes system calls, garbage collections
 * and code that is still being compiled.
 */
export function calibrate(): number {
  return Number(execFileSync(process.execPath, [BARE_REQUESTS], { encoding: 'utf8' }));
}
