// Loaded into a worker before all else: writes the longest time for which its event loop was held up by its own work.
// Time for which the machine gave it no processor does not count: of wall clock and processor time the shorter one is it.
import { writeFileSync } from 'node:fs';

const INTERVAL_MS = 20;
const file = process.env.LOOP_WATCH_FILE;
const startedMs = performance.now();
let longestMs = 0;
let lastMs = performance.now();
let lastCpu = process.cpuUsage();

setInterval(() => {
  const nowMs = performance.now();
  const cpu = process.cpuUsage(lastCpu);
  const blockedMs = Math.min(nowMs - lastMs - INTERVAL_MS, (cpu.user + cpu.system) / 1000);
  lastMs = nowMs;
  lastCpu = process.cpuUsage();
  // Modules are loaded at the start, before any run is served.
  if (nowMs - startedMs < Number(process.env.LOOP_WATCH_AFTER_MS ?? 0) || blockedMs <= longestMs) return;
  longestMs = blockedMs;
  writeFileSync(file, `${Math.round(longestMs)}`);
}, INTERVAL_MS).unref();
