import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, FlowRun } from '@worker-host/core';

const LOOK_EVERY_MS = 20;
let root = '';

/** The infrastructure of the pages about plugins: a box is a directory and the shell that was started for it. */
export async function startBoxes() {
  root = mkdtempSync(join(tmpdir(), 'boxes-'));
  const gate = (flowRunId: string) => join(root, `gate-${flowRunId}`);
  return {
    commandThatWaits: (flowRunId: string) => `until [ -e '${gate(flowRunId)}' ]; do sleep 0.02; done`,
    letEnd: (flowRunId: string) => writeFileSync(gate(flowRunId), ''),
    countLaunches: (flowRunId: string) => readdirSync(root).filter((name) => name.startsWith(flowRunId)).length,
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}

export async function launchOnce(
  flowRun: FlowRun,
  { command }: { readonly command: string | null },
  attemptId: string,
  relaunch: number,
): Promise<string> {
  const box = join(root, `${flowRun.id}.${attemptId}.${relaunch}`);
  if (existsSync(box)) return box;
  mkdirSync(box);
  const words = ['-c', '(eval "$1"); echo $? > "$2.new"; mv "$2.new" "$2"', 'box', command ?? '', join(box, 'exit')];
  spawn('/bin/sh', words, { detached: true, stdio: 'ignore' }).unref();
  return box;
}

export async function untilEnded(box: string, clock: Clock, signal: AbortSignal): Promise<number> {
  while (!existsSync(join(box, 'exit'))) await clock.sleep(LOOK_EVERY_MS, signal);
  return Number(readFileSync(join(box, 'exit'), 'utf8'));
}
