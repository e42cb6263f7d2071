import { expect } from 'chai';
import { Belongings } from '../src/belongings.js';

describe('belongings', () => {
  it('are released in reverse order, once', async () => {
    const order: number[] = [];
    const belongings = new Belongings();
    for (const each of [1, 2, 3]) belongings.add(async () => order.push(each));

    await belongings.release();
    await belongings.release();

    expect(order).to.deep.equal([3, 2, 1]);
  });

  it('are all released if one of them fails', async () => {
    const order: string[] = [];
    const belongings = new Belongings();
    belongings.add(() => order.push('first'));
    belongings.add(() => {
      throw new Error('stuck');
    });

    const failure = await belongings.release().catch((error: unknown) => error);

    expect(order).to.deep.equal(['first']);
    expect((failure as Error).message).to.equal('stuck');
  });
});
