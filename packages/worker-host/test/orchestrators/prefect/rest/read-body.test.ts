import { PassThrough, Readable } from 'node:stream';
import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { MOST_ANSWER_BYTES, readBody } from '../../../../src/orchestrators/prefect/rest/read-body.js';

const MIB = 1024 * 1024;

describe('readBody', () => {
  const failureOf = async (reading: Promise<string>): Promise<unknown> =>
    reading.then(
      () => null,
      (error: unknown) => error,
    );

  it('reads UTF-8 characters that are split between chunks, without a byte order mark', async () => {
    const bytes = Buffer.from('\ufeffaä€😀');
    const chunks = [...bytes].map((byte) => Buffer.from([byte]));

    expect(await readBody(Readable.from(chunks), {}, 1000)).to.equal('aä€😀');
  });

  it('reads a body of the maximum size', async () => {
    const body = Readable.from([Buffer.alloc(MOST_ANSWER_BYTES, ' ')]);

    expect(await readBody(body, {}, 1000)).to.have.length(MOST_ANSWER_BYTES);
  });

  it('rejects a body that declares a larger size, before it reads it', async () => {
    let asked = 0;
    const body = new Readable({
      highWaterMark: 0,
      read() {
        asked += 1;
        this.push(Buffer.alloc(1));
      },
    });

    const error = await failureOf(readBody(body, { 'content-length': String(2 ** 31) }, 1000));

    expect(error).to.have.property('failure', 'too-large');
    expect(asked).to.equal(0);
    expect(body.destroyed).to.equal(true);
  });

  it('stops at the limit of an endless body', async () => {
    let chunks = 0;
    const body = new Readable({
      read() {
        chunks += 1;
        this.push(Buffer.alloc(MIB));
      },
    });

    const error = await failureOf(readBody(body, { 'content-length': '12' }, 1000));

    expect(error).to.have.property('failure', 'too-large');
    expect(chunks).to.be.lessThan(12);
    expect(body.destroyed).to.equal(true);
  });

  it('gives up a body that arrives too slowly', async () => {
    const timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const body = new PassThrough();
      const reading = failureOf(readBody(body, {}, 1000));
      for (let drops = 0; drops < 10; drops += 1) {
        body.write('x');
        await timers.tickAsync(100);
      }

      expect(await reading).to.have.property('failure', 'timeout');
      expect(body.destroyed).to.equal(true);
    } finally {
      timers.restore();
    }
  });

  it('leaves no timer behind, and supports a time limit beyond the maximum of timers', async () => {
    const timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      expect(await readBody(Readable.from([Buffer.from('ok')]), {}, 1e15)).to.equal('ok');

      expect(timers.countTimers()).to.equal(0);
    } finally {
      timers.restore();
    }
  });
});
