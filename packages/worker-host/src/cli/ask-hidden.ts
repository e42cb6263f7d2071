import type { Readable, Writable } from 'node:stream';
import { InterruptedError } from './cli-errors.js';

/**
 * Asks a person at a terminal for something that is not shown while it is typed.
 *
 * @returns what was typed; empty when the input ended (Ctrl-D).
 * @throws InterruptedError at Ctrl-C.
 */
export async function askHidden(
  question: string,
  { input, output }: { readonly input: Readable; readonly output: Writable },
): Promise<string> {
  const { createInterface } = await import('node:readline');
  const { Writable: Sink } = await import('node:stream');
  const nowhere = new Sink({ write: (_chunk, _encoding, done) => done() });
  output.write(question);
  const asker = createInterface({ input, output: nowhere, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      asker.once('line', resolve);
      asker.once('SIGINT', () => reject(new InterruptedError('Typing was stopped; nothing was changed.')));
      asker.once('close', () => resolve(''));
    });
  } finally {
    asker.close();
    output.write('\n');
  }
}
