import { expect } from 'chai';
import { aDeployment, aFlow, aFlowRun, aWorkPool } from '../../src/builders/nouns.js';
import { RecordingLogger } from '../../src/builders/recording-logger.js';
import { aRunContext } from '../../src/builders/run-context.js';

describe('builders', () => {
  it('create matching objects, with the given members overridden', () => {
    const flowRun = aFlowRun({ name: 'mine', tags: ['a'] });
    expect(flowRun.deploymentId).to.equal(aDeployment().id);
    expect(flowRun.flowId).to.equal(aFlow().id);
    expect(flowRun.workPoolName).to.equal(aWorkPool().name);
    expect(flowRun.name).to.equal('mine');
    expect(flowRun.json).to.deep.equal({ id: flowRun.id, name: 'mine', parameters: {}, tags: ['a'] });
  });

  it('record the calls of a worker to its context, in order', async () => {
    const context = aRunContext({ relaunch: 2 });
    const told = context.until(({ outputMessages }) => outputMessages.length === 2);
    context.progress({ phase: 'provisioning' });
    await context.started('pid-1');
    context.output([{ message: 'one', timestampMs: 1 }], 'c1');
    context.output([{ message: 'two', timestampMs: 2 }]);
    await told;
    expect(context.calls.map(({ call }) => call)).to.deep.equal(['progress', 'started', 'output', 'output']);
    expect(context.startedPids).to.deep.equal(['pid-1']);
    expect(context.lastCursor).to.equal('c1');
    expect(context.relaunch).to.equal(2);
  });

  it('let a test make the storing of the pid fail', async () => {
    const failure = new Error('not stored');
    const context = aRunContext({
      onStarted: () => {
        throw failure;
      },
    });
    expect(await context.started('pid-1').catch((error: unknown) => error)).to.equal(failure);
    expect(context.startedPids).to.deep.equal(['pid-1']);
  });

  it('keep the two signals separate', () => {
    const context = aRunContext();
    context.cancel();
    expect(context.cancelled.aborted).to.equal(true);
    expect(context.signal.aborted).to.equal(false);
    context.stopWatching('gone');
    expect(context.signal.reason).to.equal('gone');
  });
});

describe('RecordingLogger', () => {
  it('records the lines of its children, with all fields', () => {
    const logger = new RecordingLogger();
    logger.info('a', { x: 1 });
    logger.child({ y: 2 }).child({ z: 3 }).warn('b', { x: 4 });
    expect(logger.lines).to.deep.equal([
      { level: 'info', message: 'a', fields: { x: 1 } },
      { level: 'warn', message: 'b', fields: { y: 2, z: 3, x: 4 } },
    ]);
    expect(logger.messages('warn')).to.deep.equal(['b']);
  });
});
