// Loaded into a worker first: records the longest time for which its event loop was blocked by its own work. Time without a
// processor does not count: the shorter of wall clock and processor time is used.
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
