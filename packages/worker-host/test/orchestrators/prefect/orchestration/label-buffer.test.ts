import { expect } from 'chai';
import { LabelBuffer } from '../../../../src/orchestrators/prefect/orchestration/label-buffer.js';
import { ManualClock } from '../support/manual-clock.js';

describe('LabelBuffer', () => {
  const createSubject = () => {
    const clock = new ManualClock();
    const sent: string[] = [];
    const options = { isFailing: false, maySend: true };
    const send = async (labels: Readonly<Record<string, string>>, isUrgent: boolean): Promise<void> => {
      sent.push(`${Object.entries(labels).join(';')} ${isUrgent}`);
      if (options.isFailing) throw new Error('away');
    };
    const buffer = new LabelBuffer(clock, 1000, send, () => options.maySend);
    const outcome = (stored: Promise<void>) =>
      stored.then(
        () => 'stored',
        (error: unknown) => String(error),
      );
    return { clock, sent, options, buffer, outcome };
  };

  it('sends labels that wait with the next ones that may not', async () => {
    const { clock, sent, buffer, outcome } = createSubject();
    const waiting = [outcome(buffer.add({ a: '1' })), outcome(buffer.add({ b: '2' }))];

    await buffer.flush({ c: '3' });
    await clock.advance(10_000);

    expect(await Promise.all(waiting)).to.deep.equal(['stored', 'stored']);
    expect(sent).to.deep.equal(['a,1;b,2;c,3 true']);
  });

  it('sends them by themselves after a while, and tries again after a failure', async () => {
    const { clock, sent, options, buffer, outcome } = createSubject();
    options.isFailing = true;
    const waiting = outcome(buffer.add({ a: '1' }));

    await clock.advance(1000);
    expect(await waiting).to.equal('Error: away');
    options.isFailing = false;
    await clock.advance(5000);

    expect(sent).to.deep.equal(['a,1 false', 'a,1 false']);
  });

  it('lets them wait on while they may not be sent', async () => {
    const { clock, sent, options, buffer, outcome } = createSubject();
    options.maySend = false;
    const waiting = outcome(buffer.add({ a: '1' }));

    await clock.advance(5000);
    expect(sent).to.deep.equal([]);
    options.maySend = true;
    await clock.advance(1000);

    expect(await waiting).to.equal('stored');
  });

  it('drops what waits, and sends nothing more', async () => {
    const { clock, sent, options, buffer, outcome } = createSubject();
    const waiting = outcome(buffer.add({ a: '1' }));

    buffer.drop(new Error('over'));
    options.isFailing = true;
    await outcome(buffer.flush({ b: '2' }));
    await clock.advance(60_000);

    expect(await waiting).to.equal('Error: over');
    expect(sent).to.deep.equal(['b,2 true']);
  });
});
