import { Readable } from 'node:stream';
import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { boundedAnswers } from '../../../src/aws/connection/bounded-answers.js';
import type { RequestHandler } from '../../../src/aws/connection/sdk-client-config.js';
import { isUnanswered } from '../../../src/aws/errors/aws-error-facts.js';

type Request = Parameters<ReturnType<typeof boundedAnswers>['handle']>[0];

const MIB = 1024 * 1024;

describe('boundedAnswers', () => {
  const answered = async (body: Uint8Array | Readable, statusCode = 200) => {
    const handler = boundedAnswers(
      {
        handle: async () => ({ response: { statusCode, headers: {}, body } }),
        metadata: { handlerProtocol: 'http/1.1' },
        updateHttpClientConfig: () => {},
        httpHandlerConfigs: () => ({}),
      } as unknown as RequestHandler,
      1000,
    );
    const { response } = await handler.handle({} as Request);
    return Buffer.from(response.body as Uint8Array);
  };
  const failureOf = (reading: Promise<unknown>): Promise<unknown> =>
    reading.then(
      () => null,
      (error: unknown) => error,
    );
  const without = (end: number) => {
    let chunks = 0;
    const body = new Readable({
      read() {
        chunks += 1;
        this.push(chunks > end ? null : Buffer.alloc(MIB, 'x'));
      },
    });
    return { body, chunks: () => chunks };
  };

  it('reads a complete response, streamed or not', async () => {
    expect(String(await answered(Readable.from([Buffer.from('a'), Buffer.from('b')])))).to.equal('ab');
    expect(String(await answered(Buffer.from('ab')))).to.equal('ab');
    expect(await answered(without(16).body)).to.have.length(16 * MIB);
  });

  it('treats an endless response as lost, and stops reading it', async () => {
    const { body, chunks } = without(Number.POSITIVE_INFINITY);

    const error = await failureOf(answered(body));

    expect(error).to.have.property('message').that.contains('longer than 16 MiB');
    expect(isUnanswered(error)).to.equal(true);
    expect(chunks()).to.be.lessThan(20);
    expect(body.destroyed).to.equal(true);
  });

  it('treats a response with too many values or levels as lost', async () => {
    for (const text of [`{"tasks":[${'{},'.repeat(200_000)}{}]}`, `{"tasks":${'['.repeat(1001)}`]) {
      const error = await failureOf(answered(Buffer.from(text)));

      expect(error).to.have.property('message').that.contains('has more than');
      expect(isUnanswered(error)).to.equal(true);
    }
    expect(await answered(Buffer.from(`{"Body":"${'[{,'.repeat(200_000)}"}`))).to.have.length(600_011);
  });

  it('reads the beginning of an error', async () => {
    const { body, chunks } = without(Number.POSITIVE_INFINITY);

    expect(await answered(body, 503)).to.have.length(8 * 1024);
    expect(chunks()).to.be.lessThan(4);
    expect(await answered(Buffer.alloc(MIB), 400)).to.have.length(8 * 1024);
  });

  it('treats a response that arrives too slowly as lost', async () => {
    const timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const body = new Readable({ read() {} });
      const failure = failureOf(answered(body));
      for (let drops = 0; drops < 10; drops += 1) {
        body.push('x');
        await timers.tickAsync(100);
      }

      const error = await failure;

      expect(error).to.have.property('message').that.contains('did not end within 1 s');
      expect(isUnanswered(error)).to.equal(true);
      expect(body.destroyed).to.equal(true);
    } finally {
      timers.restore();
    }
  });
});
