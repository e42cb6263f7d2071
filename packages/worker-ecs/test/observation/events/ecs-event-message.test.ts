import { expect } from 'chai';
import { parseEcsEventMessage } from '../../../src/observation/events/ecs-event-message.js';

const ID = 'b5c3a1f0-7d2e-4f6a-9c8b-0e1d2c3b4a59';

function read(event: Record<string, unknown>) {
  return parseEcsEventMessage(JSON.stringify({ 'detail-type': 'ECS Task State Change', detail: {}, ...event }));
}

describe('parseEcsEventMessage', () => {
  for (const id of [ID, ID.toUpperCase(), ID.replaceAll('-', ''), `{${ID}}`, `urn:uuid:${ID}`]) {
    it(`reads ${id} unchanged as an id`, () => {
      expect(read({ id })).to.have.property('id', ID);
    });
  }

  for (const id of ['', 'not-an-id', 5, null, undefined]) {
    it(`finds no id in ${String(id) || 'an empty text'}`, () => {
      expect(read({ id })).to.have.property('id', null);
    });
  }

  for (const [time, expected] of [
    ['2026-07-08T09:10:11Z', '2026-07-08T09:10:11Z'],
    ['2026-07-08T09:10:11.1Z', '2026-07-08T09:10:11.100000Z'],
    ['2026-07-08T09:10:11.123456789Z', '2026-07-08T09:10:11.123456Z'],
    ['2026-07-08T09:10:11.000Z', '2026-07-08T09:10:11Z'],
    ['2026-07-08T09:10:11.000001Z', '2026-07-08T09:10:11.000001Z'],
    ['2026-07-08T09:10:11+02:00', '2026-07-08T09:10:11+02:00'],
    ['2026-07-08 09:10:11-00:00', '2026-07-08T09:10:11Z'],
  ] as const) {
    it(`reads the time ${time} as ${expected}`, () => {
      expect(read({ time })).to.have.property('time', expected);
    });
  }

  for (const time of ['', 'yesterday', '1767225600', '2026-13-08T09:10:11Z', 5, null, undefined]) {
    it(`finds no time in ${String(time) || 'an empty text'}`, () => {
      expect(read({ time })).to.have.property('time', null);
    });
  }

  it('distinguishes an empty body, a message that is not an event, and events of other kinds', () => {
    expect(parseEcsEventMessage(null).kind).to.equal('empty');
    for (const body of ['{', '[]', 'null', '"x"', '{"detail-type":"ECS Task State Change"}']) {
      expect(parseEcsEventMessage(body).kind).to.equal('unreadable');
    }
    for (const body of ['{}', '{"detail-type":"ECS Deployment","detail":{}}']) {
      expect(parseEcsEventMessage(body).kind).to.equal('other');
    }
  });

  it('has no detail type if it is not a text', () => {
    expect(parseEcsEventMessage('{"detail-type":5,"detail":{}}')).to.deep.equal({ kind: 'other', detailType: null });
  });

  it('omits members of a task that have an unexpected type', () => {
    const message = read({
      detail: { taskArn: 5, lastStatus: 'RUNNING', containers: [null, { name: 'a' }], version: 'x' },
    });
    expect(message).to.have.deep.property('detail', { lastStatus: 'RUNNING', containers: [{ name: 'a' }] });
  });
});
