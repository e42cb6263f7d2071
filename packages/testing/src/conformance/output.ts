import assert from 'node:assert/strict';
import type { Area } from './area.js';
import type { Rule } from './rule.js';

const FIRST = ['first line', '  second, with spaces  ', 'third: ä € 𝄞'];
const LATER = ['fourth line', 'last line'];

/** Rules about copying a job's output to the log of its run. */
export function outputContract(area: Area, rule: Rule): void {
  rule(
    'copies every line of the job once, in order, before it resolves',
    'the log of the run must be complete when its final state is reported.',
    async () => {
      const print = area.lever('print');
      const [worker, flowRun] = [await area.worker(), area.flowRun()];
      const { trial, context } = await area.held(worker, flowRun);
      await print(flowRun.id, FIRST);
      await area.patience.seesSoon(() => context.outputMessages.length >= FIRST.length);
      assert.deepEqual(context.outputMessages, FIRST, 'the lines did not arrive while the job was running');
      await print(flowRun.id, LATER);
      await area.releasedResultOf(trial, flowRun);
      assert.deepEqual(context.outputMessages, [...FIRST, ...LATER], 'the lines are not those that the job printed');
    },
  );

  rule(
    'continues the output at the cursor after a restart',
    'otherwise each restart of a worker loses or repeats lines.',
    async () => {
      const print = area.lever('print');
      const [worker, flowRun] = [await area.worker('canResume'), area.flowRun()];
      const first = await area.held(await area.worker(), flowRun);
      await print(flowRun.id, FIRST);
      await area.patience.seesSoon(() => first.context.outputMessages.length >= FIRST.length);
      await area.stopWatching(first.trial);
      assert.notEqual(first.context.lastCursor, null, 'context.output() was called without a cursor');
      await print(flowRun.id, LATER);
      const context = area.laterContextOf(first.context);
      await area.releasedResultOf(area.resume(worker, first.pid, flowRun, context), flowRun);
      const lines = [...first.context.outputMessages, ...context.outputMessages];
      assert.deepEqual(lines, [...FIRST, ...LATER], 'lines are lost or repeated');
    },
  );
}
