import { expect } from 'chai';
import { LabelBuffer } from '../../../../../src/orchestrators/prefect/orchestration/leases/label-buffer.js';
import { ManualClock, settle } from '../../support/manual-clock.js';

describe('LabelBuffer', () => {
  const createSubject = () => {
    const clock = new ManualClock();
    const sent: string[] = [];
    const options = { isFailing: false, maySend: true, sendMs: 0 };
    const send = async (labels: Readonly<Record<string, string>>, isUrgent: boolean): Promise<void> => {
      sent.push(`${Object.entries(labels).join(';')} ${isUrgent}`);
      if (options.sendMs > 0) await clock.sleep(options.sendMs);
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

  it('sends deferred labels with the next urgent ones', async () => {
    const { clock, sent, buffer, outcome } = createSubject();
    const waiting = [outcome(buffer.add({ a: '1' })), outcome(buffer.add({ b: '2' }))];

    await buffer.flush({ c: '3' });
    await clock.advance(10_000);

    expect(await Promise.all(waiting)).to.deep.equal(['stored', 'stored']);
    expect(sent).to.deep.equal(['a,1;b,2;c,3 true']);
  });

  it('sends them separately after a while, and retries after a failure', async () => {
    const { clock, sent, options, buffer, outcome } = createSubject();
    options.isFailing = true;
    const waiting = outcome(buffer.add({ a: '1' }));

    await clock.advance(1000);
    expect(await waiting).to.equal('Error: away');
    options.isFailing = false;
    await clock.advance(5000);

    expect(sent).to.deep.equal(['a,1 false', 'a,1 false']);
  });

  it('keeps deferring them while they may not be sent', async () => {
    const { clock, sent, options, buffer, outcome } = createSubject();
    options.maySend = false;
    const waiting = outcome(buffer.add({ a: '1' }));

    await clock.advance(5000);
    expect(sent).to.deep.equal([]);
    options.maySend = true;
    await clock.advance(1000);

    expect(await waiting).to.equal('stored');
  });

  it('sends each label once', async () => {
    const { clock, sent, buffer } = createSubject();
    buffer.add({ a: '1' }).catch(() => {});

    await buffer.flush({ b: '2' });
    await buffer.flush({ c: '3' });

    expect(sent).to.deep.equal(['a,1;b,2 true', 'c,3 true']);
    expect(clock.pendingSleeps).to.deep.equal([]);
  });

  it('does not defer labels further for others that are added meanwhile', async () => {
    const { clock, sent, buffer } = createSubject();
    buffer.add({ a: '1' }).catch(() => {});
    await clock.advance(600);
    buffer.add({ b: '2' }).catch(() => {});

    await clock.advance(400);

    expect(sent).to.deep.equal(['a,1;b,2 false']);
  });

  it('does not defer labels further for a request that fails meanwhile, and sends them separately', async () => {
    const { clock, sent, options, buffer, outcome } = createSubject();
    Object.assign(options, { isFailing: true, sendMs: 600 });
    const failed = outcome(buffer.flush({ a: '1', b: '1' }));
    const added = outcome(buffer.add({ b: '2' }));
    await clock.advance(600);
    expect(await failed).to.equal('Error: away');
    options.isFailing = false;

    await clock.advance(399);
    expect(sent).to.deep.equal(['a,1;b,1 true']);
    await clock.advance(1);
    expect(sent).to.deep.equal(['a,1;b,1 true', 'a,1;b,2 false']);
    await clock.advance(600);

    expect(await added).to.equal('stored');
  });

  it('sends nothing twice that is sent at the moment in which its time is up', async () => {
    let endWait: () => void = () => {};
    const sleep = () =>
      new Promise<void>((resolve) => {
        endWait = resolve;
      });
    const sent: string[] = [];
    const send = async (labels: object) => void sent.push(Object.keys(labels).join());
    const buffer = new LabelBuffer({ sleep }, 1000, send, () => true);
    buffer.add({ a: '1' }).catch(() => {});

    endWait();
    await buffer.flush();
    await settle();

    expect(sent).to.deep.equal(['a']);
  });

  it('sends no dropped labels', async () => {
    const { clock, sent, buffer } = createSubject();
    buffer.add({ a: '1' }).catch(() => {});

    buffer.drop(new Error('over'));
    await clock.advance(60_000);

    expect(sent).to.deep.equal([]);
  });

  it('drops deferred labels, and sends nothing more', async () => {
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
