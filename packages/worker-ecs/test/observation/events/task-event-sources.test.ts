import { RecordingLogger } from '@worker-host/testing';
import { expect } from 'chai';
import { TaskEventSources } from '../../../src/observation/events/task-event-sources.js';
import { someClients } from '../../support/builders.js';

function aSource(problems: readonly string[] = []) {
  const calls: string[] = [];
  return { calls, problems, begin: () => void calls.push('begin'), close: async () => void calls.push('close') };
}

const BROKEN = {
  problems: ['the broker is gone'],
  begin: () => {
    throw new Error('no broker');
  },
  close: () => Promise.reject(new Error('no broker')),
};

describe('TaskEventSources', () => {
  it('starts and closes each, and lists the problems of all', async () => {
    const [first, second] = [aSource(['first']), aSource(['second'])];
    const sources = new TaskEventSources([first, second], new RecordingLogger());

    sources.begin(someClients(), null);
    await sources.close();

    expect([first.calls, second.calls]).to.deep.equal([
      ['begin', 'close'],
      ['begin', 'close'],
    ]);
    expect(sources.problems).to.deep.equal(['first', 'second']);
  });

  it('keeps the others working if one fails, with one warning', async () => {
    const logger = new RecordingLogger();
    const sound = aSource();
    const sources = new TaskEventSources([BROKEN, sound], logger);

    sources.begin(someClients(), null);
    sources.begin(someClients(), null);
    await sources.close();

    expect(sound.calls).to.deep.equal(['begin', 'begin', 'close']);
    expect(logger.messages('warn')).to.deep.equal([
      'Starting a source of task events failed',
      'Closing a source of task events failed',
    ]);
  });
});
