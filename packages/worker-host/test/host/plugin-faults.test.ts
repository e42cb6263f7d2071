import { RecordingLogger, settle } from '@worker-host/testing';
import { expect } from 'chai';
import { PluginFaults, runningPluginMethod } from '../../src/host/plugin-faults.js';

function create() {
  const logger = new RecordingLogger();
  const faults = new PluginFaults('fake', logger);
  return { faults, logger };
}

describe('the faults of a plugin', () => {
  it('are logged as errors the first time, and counted at debug level after that', () => {
    const { faults, logger } = create();
    const error = new Error('late');

    faults.record('called context.started() twice', error, 'r1');
    faults.record('called context.started() twice', null, 'r1');

    expect(logger.lines.map(({ level, message, fields }) => [level, message, fields])).to.deep.equal([
      ['error', "The plugin 'fake' called context.started() twice [run=r1]", { error }],
      ['debug', "The plugin 'fake' called context.started() twice [run=r1]", { count: 2 }],
    ]);
    expect(faults.lines).to.deep.equal(["The plugin 'fake' called context.started() twice [run=r1] (2 times)"]);
  });

  it('keep the error of a repetition in the log', () => {
    const { faults, logger } = create();
    const error = new Error('again');

    faults.record('failed');
    faults.record('failed', error);

    expect(logger.lines.at(-1)?.fields).to.deep.equal({ error, count: 2 });
  });

  it('are listed with the last one first, and without a run if they concern none', () => {
    const { faults } = create();
    faults.record('did a', null, null);
    faults.record('did b', null, 'r1');
    faults.record('did a', null, null);

    expect(faults.lines).to.deep.equal(["The plugin 'fake' did a (2 times)", "The plugin 'fake' did b [run=r1]"]);
  });

  it('are at most twenty lines of at most 500 characters, without the oldest', () => {
    const { faults } = create();
    for (let i = 0; i < 21; i += 1) faults.record(`did ${i} ${'x'.repeat(600)}`);

    expect(faults.lines).to.have.length(20);
    expect(faults.lines[0])
      .to.match(/^The plugin 'fake' did 20 x+$/)
      .and.have.length(500);
    expect(faults.lines.at(-1)).to.match(/ did 1 x/);
  });

  it('are those of the run whose call is running', async () => {
    const { faults } = create();
    await faults.during('run', 'r1', async () => faults.record('did it'));

    expect(faults.lines).to.deep.equal(["The plugin 'fake' did it [run=r1]"]);
  });

  it('know which method of the plugin is running, also after an await', async () => {
    const { faults } = create();
    const seen = await faults.during('kill', null, async () => {
      await Promise.resolve();
      return runningPluginMethod();
    });

    expect([seen, runningPluginMethod()]).to.deep.equal(['kill', null]);
  });

  it('pass on what a call returns, and what it throws synchronously', async () => {
    const { faults } = create();
    const thrown = await faults
      .during('run', null, () => {
        throw new Error('at once');
      })
      .catch((error: unknown) => error);

    expect(await faults.during('run', null, async () => 7)).to.equal(7);
    expect(thrown).to.be.an('error').with.property('message', 'at once');
  });

  it('do not include an error that was thrown outside every call', () => {
    const { faults } = create();

    expect(faults.take(new Error('not yours'), 'uncaughtException')).to.equal(false);
    expect(faults.lines).to.deep.equal([]);
  });

  it('end the call in which an uncaught error was thrown', async () => {
    const { faults, logger } = create();
    const error = new Error('in a timer');
    const call = faults.during('run', 'r1', async () => {
      expect(faults.take(error, 'uncaughtException')).to.equal(true);
      await new Promise(() => {});
    });

    const reason = await call.catch((failure: unknown) => failure);

    expect(reason).to.include({ code: 'PLUGIN_FAULT', cause: error });
    expect(String(reason)).to.contain('of run() [type=fake]: in a timer.');
    expect(logger.lines.map(({ message }) => message)).to.deep.equal([
      "The plugin 'fake' threw an error outside of its promise in run() [run=r1]",
    ]);
  });

  it('let a call continue that has an unhandled rejection', async () => {
    const { faults } = create();
    const result = faults.during('run', 'r1', async () => {
      faults.take(new Error('left alone'), 'unhandledRejection');
      await settle();
      return 'done';
    });

    expect(await result).to.equal('done');
    expect(faults.lines).to.deep.equal(["The plugin 'fake' left a rejected promise unhandled in run() [run=r1]"]);
  });
});
