import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { askHidden } from '../../../src/cli/input/ask.js';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

describe('askHidden', () => {
  async function typed(keys: string) {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const asked = askHidden('Value: ', { input, output }).catch((error: { readonly code: string }) => error.code);
    input.write(keys);
    const answer = await asked;
    output.end();
    return { answer, shown: await text(output) };
  }

  it('returns the input and shows none of it', async () => {
    expect(await typed('hush\r')).to.deep.equal({ answer: 'hush', shown: 'Value: \n' });
  });

  it('is interrupted by Ctrl-C', async () => {
    expect(await typed(`hu${CTRL_C}`)).to.deep.equal({ answer: 'INTERRUPTED', shown: 'Value: \n' });
  });

  it('returns nothing at the end of the input', async () => {
    expect((await typed(CTRL_D)).answer).to.equal('');
  });
});
