import assert from 'node:assert/strict';
import type { RecordingRunContext } from '../builders/run-context.js';
import { settle } from '../clock/fake-clock.js';
import type { Area } from './area.js';
import type { ContractRunner } from './contract.js';

/** A control plane keeps the place with the run. */
const LONGEST_PLACE = 1_000;

/** Launching a job and staying with it. */
export function runContract(area: Area, { it }: ContractRunner): void {
  it('tells the pid once, and results in the same one', async () => {
    const trial = area.run(await area.worker(), area.flowRun(), { kind: 'ends', exitCode: 0 });
    const { identifier } = await area.settled(trial.result);
    assert.deepEqual(trial.context.startedPids, [identifier], 'context.started() is called once, with the identifier');
    assert.notEqual(identifier, '');
  });

  it('results in success for exit status 0', async () => {
    const trial = area.run(await area.worker(), area.flowRun(), { kind: 'ends', exitCode: 0 });
    assert.equal((await area.settled(trial.result)).isSuccess, true);
  });

  it("results in the job's own exit status", async () => {
    const trial = area.run(await area.worker(), area.flowRun(), { kind: 'ends', exitCode: 37 });
    const { statusCode, end } = await area.settled(trial.result);
    assert.equal(statusCode, 37);
    if (end) assert.equal(end.stopRequested, false, 'nobody asked for the end');
  });

  it('stays with the job until it has ended', async () => {
    const flowRun = area.flowRun();
    const trial = await area.held(await area.worker(), flowRun);
    await settle();
    await area.world.letTimePass?.();
    assert.equal(trial.isSettled(), false, 'run() settled while the job was running');
    await area.world.release(flowRun.id);
    assert.equal((await area.settled(trial.result)).statusCode, 0);
  });

  it('launches once for the same attempt and relaunch, asked twice at the same time', async () => {
    const flowRun = area.flowRun();
    const workers = [await area.worker(), await area.worker()];
    const trials = workers.map((worker) => area.run(worker, flowRun, { kind: 'ends', exitCode: 0 }));
    await area.settled(Promise.all(trials.map(({ result }) => result)));
    assert.equal(await area.world.launchesOf(flowRun.id), 1);
  });

  it('launches once for the same attempt and relaunch, asked again after a restart', async () => {
    const flowRun = area.flowRun();
    const first = await area.held(await area.worker(), flowRun);
    first.context.stopWatching();
    await area.reasonOf(first.result, 'run() that the host stopped watching');
    const { storedPlace: launchPlace } = first.context;
    const context = area.contextOf(flowRun, { mayHaveLaunched: true, launchPlace });
    const second = area.run(await area.worker(), flowRun, { kind: 'held' }, context);
    await area.settled(Promise.race([context.until(({ startedPids }) => startedPids.length > 0), second.result]));
    assert.deepEqual(context.startedPids, [first.pid], 'the second call finds the job of the first');
    await area.world.release(flowRun.id);
    await area.settled(second.result);
    assert.equal(await area.world.launchesOf(flowRun.id), 1);
  });

  it('stores where it launches before it launches', async () => {
    const flowRun = area.flowRun();
    let store: () => void = () => undefined;
    const stored = new Promise<void>((resolve) => {
      store = resolve;
    });
    const context = area.contextOf(flowRun, { onLaunching: () => stored });
    const trial = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
    await area.settled(Promise.race([context.until(({ launchPlaces }) => launchPlaces.length > 0), trial.result]));
    const [place] = context.launchPlaces;
    assert.ok(place !== undefined, 'run() launched without a call of context.launching()');
    assert.deepEqual(JSON.parse(JSON.stringify(place)), place, 'the place is plain JSON');
    assert.ok(JSON.stringify(place).length <= LONGEST_PLACE, `the place has more than ${LONGEST_PLACE} characters`);
    await settle();
    await area.world.letTimePass?.();
    assert.equal(await area.world.launchesOf(flowRun.id), 0, 'launched before context.launching() resolved');
    store();
    await area.settled(trial.result);
    assert.equal(await area.world.launchesOf(flowRun.id), 1);
  });

  it('launches nothing where that cannot be stored, and rejects with the same reason', async () => {
    const flowRun = area.flowRun();
    const reason = new Error('another worker owns the run');
    const context = area.contextOf(flowRun, { onLaunching: () => Promise.reject(reason) });
    const { result } = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
    assert.equal(await area.reasonOf(result, 'run() whose place is not stored'), reason);
    assert.equal(await area.world.launchesOf(flowRun.id), 0);
  });

  it('launches nothing that another worker may own by the time it is sent, and rejects with the reason', async () => {
    const flowRun = area.flowRun();
    const reason = new Error('the lease has expired');
    const context: RecordingRunContext = area.contextOf(flowRun, {
      onLaunching: () => {
        context.notOwned = reason;
      },
    });
    const { result } = area.run(await area.worker(), flowRun, { kind: 'ends', exitCode: 0 }, context);
    assert.equal(await area.reasonOf(result, 'run() of a run that is not owned any more'), reason);
    assert.equal(await area.world.launchesOf(flowRun.id), 0);
  });

  it('launches anew for another relaunch', async () => {
    const flowRun = area.flowRun();
    const worker = await area.worker();
    for (const relaunch of [0, 1]) {
      const context = area.contextOf(flowRun, { relaunch });
      const { end } = await area.settled(area.run(worker, flowRun, { kind: 'ends', exitCode: 1 }, context).result);
      if (end) assert.equal(end.relaunch, relaunch, 'the end names the relaunch it belongs to');
    }
    assert.equal(await area.world.launchesOf(flowRun.id), 2);
  });
}
