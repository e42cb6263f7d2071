import type { StateType } from '@worker-host/core';
import { expect } from 'chai';
import type { ArrayFact, ExecutionFact, Observed, RunFact, TaskFact } from '../src/facts.js';
import { INVARIANTS } from '../src/invariants.js';

const run = (partial: Partial<RunFact> = {}): RunFact => ({
  id: 'run-1',
  stateType: 'COMPLETED',
  job: 'succeed',
  cancelRequested: false,
  logLines: ['job-line 1', 'job-line 2'],
  ...partial,
});

const task = (partial: Partial<TaskFact> = {}): TaskFact => ({
  taskArn: 'task-1',
  startedBy: 'wh/run-1/1/0',
  isStopped: true,
  stopCode: 'EssentialContainerExited',
  ...partial,
});

const execution = (partial: Partial<ExecutionFact> = {}): ExecutionFact => ({
  flowRunId: 'run-1',
  taskArn: 'task-1',
  ended: true,
  ...partial,
});

const array = (runStateTypes: readonly StateType[], partial: Partial<ArrayFact> = {}): ArrayFact => ({
  id: 'array-1',
  stateType: 'COMPLETED',
  cancelRequested: false,
  runStateTypes,
  ...partial,
});

const observed = (partial: Partial<Observed> = {}): Observed => ({
  arrays: [],
  runs: [run()],
  tasks: [task()],
  executions: [execution()],
  activeSlots: 0,
  ...partial,
});

const breaches = (facts: Observed): readonly string[] =>
  INVARIANTS.filter((invariant) => invariant.check(facts).length > 0).map((invariant) => invariant.name);

describe('the invariants', () => {
  it('hold for a run that went well', () => {
    expect(breaches(observed())).to.deep.equal([]);
  });

  it('hold for arrays that end as their runs do', () => {
    const arrays = [
      array(['COMPLETED', 'COMPLETED']),
      array(['COMPLETED', 'CRASHED'], { stateType: 'FAILED' }),
      array(['COMPLETED', 'CANCELLED'], { stateType: 'CANCELLED', cancelRequested: true }),
      array(['FAILED', 'CANCELLED'], { stateType: 'CANCELLED', cancelRequested: true }),
      array(['COMPLETED', 'FAILED'], { stateType: 'FAILED', cancelRequested: true }),
    ];

    expect(breaches(observed({ arrays }))).to.deep.equal([]);
  });

  it('allow a second execution after Spot took the first', () => {
    const facts = observed({
      tasks: [task({ stopCode: 'SpotInterruption' }), task({ taskArn: 'task-2', startedBy: 'wh/run-1/1/1' })],
      executions: [execution({ ended: false }), execution({ taskArn: 'task-2' })],
    });

    expect(breaches(facts)).to.deep.equal([]);
  });

  for (const [name, facts] of [
    ['every run is final', observed({ runs: [run({ stateType: 'RUNNING' })] })],
    ['every array ends as its runs do', observed({ arrays: [array(['COMPLETED', 'FAILED'])] })],
    ['every array ends as its runs do', observed({ arrays: [array(['COMPLETED', 'RUNNING'])] })],
    [
      'every array ends as its runs do',
      observed({ arrays: [array(['COMPLETED', 'CANCELLED'], { stateType: 'CANCELLED' })] }),
    ],
    ['every task tells whose it is', observed({ tasks: [task({ startedBy: null })] })],
    ['one task at most for a launch of an attempt', observed({ tasks: [task(), task({ taskArn: 'task-2' })] })],
    [
      'user code runs once unless the infrastructure took it away',
      observed({
        tasks: [task(), task({ taskArn: 'task-2', startedBy: 'wh/run-1/2/0' })],
        executions: [execution(), execution({ taskArn: 'task-2' })],
      }),
    ],
    ['no task lives whose run is final', observed({ tasks: [task({ isStopped: false })] })],
    ['no slot is leaked', observed({ activeSlots: 1 })],
    ['no log line is doubled', observed({ runs: [run({ logLines: ['job-line 1', 'job-line 1'] })] })],
    ['every end is true', observed({ runs: [run({ job: 'fail' })] })],
    ['every end is true', observed({ runs: [run({ stateType: 'CANCELLED' })] })],
    ['every end is true', observed({ runs: [run({ stateType: 'CRASHED' })] })],
    [
      'no run crashes for want of a launch',
      observed({ runs: [run({ stateType: 'CRASHED' })], tasks: [], executions: [] }),
    ],
  ] as const) {
    it(`notice a breach of "${name}"`, () => {
      expect(breaches(facts)).to.deep.equal([name]);
    });
  }
});
