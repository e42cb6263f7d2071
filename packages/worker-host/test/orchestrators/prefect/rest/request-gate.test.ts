import { expect } from 'chai';
import { RequestGate } from '../../../../src/orchestrators/prefect/rest/request-gate.js';
import { ManualClock, settle } from '../support/manual-clock.js';

describe('RequestGate', () => {
  const createSubject = () => {
    const clock = new ManualClock();
    return { clock, gate: new RequestGate(clock) };
  };

  it('lets no more in than its limit, and the next one when one leaves', async () => {
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

  it('lets what is deferrable give way: one beside others, more when nothing else is there', async () => {
    const { gate } = createSubject();
    const entered: string[] = [];
    const enter = (name: string, isDeferrable: boolean): void =>
      void gate.enter(undefined, isDeferrable).then(() => entered.push(name));
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

  it('halves its limit when the server is overloaded, once a burst, never below one', async () => {
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

  it('holds everything back while closed', async () => {
    const { clock, gate } = createSubject();
    gate.closeFor(3000);
    let isIn = false;

    void gate.enter().then(() => {
      isIn = true;
    });
    await clock.advance(2999);
    expect(isIn).to.equal(false);
    await clock.advance(1);

    expect(isIn).to.equal(true);
  });

  it('forgets one who gives up waiting', async () => {
    const { gate } = createSubject();
    const most = gate.limit;
    for (let round = 0; round < most; round += 1) await gate.enter();
    const giveUp = new AbortController();
    const outcomes: string[] = [];
    void gate.enter(giveUp.signal).catch(() => outcomes.push('gave up'));
    void gate.enter().then(() => outcomes.push('in'));

    giveUp.abort(new Error('stop'));
    await settle();
    gate.leave('other');
    await settle();

    expect(outcomes).to.deep.equal(['gave up', 'in']);
    expect(gate.inFlight).to.equal(most);
  });
});
