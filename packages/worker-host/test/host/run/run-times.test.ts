import { aFlowRun, FakeClock } from '@worker-host/testing';
import { expect } from 'chai';
import { RunTimes } from '../../../src/host/run/run-times.js';

function create(flowRun: Parameters<typeof aFlowRun>[0] = {}) {
  const clock = new FakeClock();
  const observed: [name: string, seconds: number][] = [];
  const meter = {
    count: () => {},
    gauge: () => {},
    observe: (name: string, value: number) => observed.push([name, value]),
  };
  const at = (secondsFromNow: number) => new Date(clock.nowMs() + secondsFromNow * 1000).toISOString();
  const times = (overrides = flowRun) => new RunTimes({ flowRun: aFlowRun(overrides), trace: null }, clock, meter);
  return { clock, observed, at, times };
}

describe('the times of a run', () => {
  it('are measured between phases whose beginning this worker saw', async () => {
    const { clock, observed, times } = create();
    const run = times({ nextScheduledStartTime: null, expectedStartTime: null });

    run.note('claimed');
    await clock.advance(1500);
    run.note('launched');
    await clock.advance(2000);
    run.note('running');
    await clock.advance(60_000);
    run.note('ended');

    expect(observed).to.deep.equal([
      ['worker_host_run_launch_seconds', 1.5],
      ['worker_host_run_start_seconds', 2],
      ['worker_host_run_duration_seconds', 60],
    ]);
  });

  it('start with the first report of a phase', async () => {
    const { clock, observed, times } = create();
    const run = times({ nextScheduledStartTime: null, expectedStartTime: null });

    run.note('claimed');
    await clock.advance(1000);
    run.note('claimed');
    await clock.advance(1000);
    run.note('launched');
    run.note('launched');

    expect(observed).to.deep.equal([['worker_host_run_launch_seconds', 2]]);
  });

  it('are not measured from a phase that another worker saw', async () => {
    const { clock, observed, times } = create();
    const run = times();

    run.note('running');
    await clock.advance(1000);
    run.note('ended');

    expect(observed).to.deep.equal([['worker_host_run_duration_seconds', 1]]);
  });

  it('include the wait in the queue, since the run was due', () => {
    const { observed, at, times } = create();

    times({ nextScheduledStartTime: at(-30), expectedStartTime: at(-90) }).note('claimed');
    times({ nextScheduledStartTime: null, expectedStartTime: at(-90) }).note('claimed');
    times({ nextScheduledStartTime: at(5) }).note('claimed');
    times({ nextScheduledStartTime: 'not a time' }).note('claimed');
    times({ nextScheduledStartTime: null, expectedStartTime: null }).note('claimed');

    expect(observed).to.deep.equal([
      ['worker_host_run_queue_seconds', 30],
      ['worker_host_run_queue_seconds', 90],
      ['worker_host_run_queue_seconds', 0],
    ]);
  });
});
