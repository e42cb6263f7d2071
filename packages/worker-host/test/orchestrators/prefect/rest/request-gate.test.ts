import { expect } from 'chai';
import { RequestGate } from '../../../../src/orchestrators/prefect/rest/request-gate.js';
import { ManualClock, settle } from '../support/manual-clock.js';

describe('RequestGate', () => {
  const createSubject = () => {
    const clock = new ManualClock();
    return { clock, gate: new RequestGate(clock) };
  };

  it('admits at most its limit, and the next one when one leaves', async () => {
    const { gate } = createSubject();
    const entered: number[] = [];
    const most = gate.limit;
    for (let index = 0; index < most + 2; index += 1) void gate.enter().then(() => entered.push(index));

    await settle();
    expect(entered).to.have.length(most);
    gate.leave('other');
    await settle();

    expect(entered).to.deep.equal([...Array(most + 1).keys()]);
  });

  it('makes deferrable requests yield: one in addition to others, more if nothing else is in flight', async () => {
    const { gate } = createSubject();
    const entered: string[] = [];
    const enter = (name: string, isDeferrable: boolean): void =>
      void gate.enter({ isDeferrable }).then(() => entered.push(name));
    const most = gate.limit;
    for (let index = 0; index < most; index += 1) await gate.enter();
    enter('label', true);
    enter('other label', true);
    enter('claim', false);
    enter('other claim', false);

    gate.leave('other');
    gate.leave('other');
    await settle();
    expect(entered).to.deep.equal(['label', 'claim']);

    gate.leave('other', true);
    await settle();
    expect(entered).to.deep.equal(['label', 'claim', 'other label']);
    for (let index = 0; index < most - 1; index += 1) gate.leave('other');
    gate.leave('other', true);
    await settle();
    expect(entered).to.deep.equal(['label', 'claim', 'other label', 'other claim']);
    gate.leave('other');
    for (const name of ['a', 'b', 'c']) enter(name, true);
    await settle();

    expect(entered.slice(-3)).to.deep.equal(['a', 'b', 'c']);
  });

  it('halves its limit when the server is overloaded, once per burst, never below one', async () => {
    const { clock, gate } = createSubject();
    const before = gate.limit;
    for (let round = 0; round < 4; round += 1) await gate.enter();

    gate.leave('overloaded');
    gate.leave('overloaded');

    expect(gate.limit).to.equal(Math.floor(before / 2));
    gate.leave('other');
    gate.leave('other');
    for (let round = 0; round < 6; round += 1) {
      await clock.advance(1000);
      await gate.enter();
      gate.leave('overloaded');
    }
    expect(gate.limit).to.equal(1);
  });

  it('grows with good answers up to sixteen', async () => {
    const { gate } = createSubject();

    for (let round = 0; round < 1000; round += 1) {
      await gate.enter();
      gate.leave('good');
    }

    expect(gate.limit).to.equal(16);
  });

  it('holds all requests back while closed', async () => {
    const { clock, gate } = createSubject();
    gate.closeFor('requests', 3000);
    let isIn = false;

    void gate.enter().then(() => {
      isIn = true;
    });
    await clock.advance(2999);
    expect(isIn).to.equal(false);
    await clock.advance(1);

    expect(isIn).to.equal(true);
  });

  it('leaves the other bucket open while one is closed', async () => {
    const { clock, gate } = createSubject();
    const entered: string[] = [];
    gate.closeFor('logs and events', 300_000);

    void gate.enter({ bucket: 'logs and events' }).then(() => entered.push('log'));
    void gate.enter().then(() => entered.push('request'));
    await settle();
    expect(entered).to.deep.equal(['request']);
    await clock.advance(300_000);

    expect(entered).to.deep.equal(['request', 'log']);
  });

  it('holds back those of a closed bucket that wait already, and lets them in by their order afterwards', async () => {
    const { clock, gate } = createSubject();
    const most = gate.limit;
    for (let index = 0; index < most; index += 1) await gate.enter();
    const entered: string[] = [];
    for (const name of ['a', 'b']) void gate.enter().then(() => entered.push(name));
    void gate.enter({ bucket: 'logs and events' }).then(() => entered.push('log'));

    gate.closeFor('requests', 5000);
    for (let index = 0; index < most; index += 1) gate.leave('other');
    await settle();
    expect(entered).to.deep.equal(['log']);
    await clock.advance(4999);
    expect(entered).to.deep.equal(['log']);
    await clock.advance(1);

    expect(entered).to.deep.equal(['log', 'a', 'b']);
    expect(gate.inFlight).to.equal(3);
  });

  it('stays closed for the longest that was asked', async () => {
    const { clock, gate } = createSubject();
    let isIn = false;
    gate.closeFor('requests', 3000);
    void gate.enter().then(() => {
      isIn = true;
    });
    gate.closeFor('requests', 9000);
    gate.closeFor('requests', 1000);

    await clock.advance(8999);
    expect(isIn).to.equal(false);
    await clock.advance(1);

    expect(isIn).to.equal(true);
  });

  it('forgets a request that gives up waiting', async () => {
    const { gate } = createSubject();
    const most = gate.limit;
    for (let round = 0; round < most; round += 1) await gate.enter();
    const giveUp = new AbortController();
    const outcomes: string[] = [];
    void gate.enter({ signal: giveUp.signal }).catch(() => outcomes.push('gave up'));
    void gate.enter().then(() => outcomes.push('in'));

    giveUp.abort(new Error('stop'));
    await settle();
    gate.leave('other');
    await settle();

    expect(outcomes).to.deep.equal(['gave up', 'in']);
    expect(gate.inFlight).to.equal(most);
  });
});
