import type { Readable, Writable } from 'node:stream';
import { InterruptedError } from './cli-errors.js';

/** A terminal, as streams. */
export interface TerminalStreams {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Asks a person at a terminal for a line.
 *
 * @param echo where what is typed is shown. Default: the terminal.
 * @returns what was typed; empty when the input ended (Ctrl-D).
 * @throws InterruptedError at Ctrl-C.
 */
export async function ask(question: string, { input, output }: TerminalStreams, echo = output): Promise<string> {
  const { createInterface } = await import('node:readline');
  output.write(question);
  const asker = createInterface({ input, output: echo, terminal: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      asker.once('line', resolve);
      asker.once('SIGINT', () => reject(new InterruptedError('Input was interrupted; nothing was changed.')));
      asker.once('close', () => resolve(''));
    });
  } finally {
    asker.close();
    if (echo !== output) output.write('\n');
  }
}

/**
 * Asks a person at a terminal for something that is not shown while it is typed.
 *
 * @returns what was typed; empty when the input ended (Ctrl-D).
 * @throws InterruptedError at Ctrl-C.
 */
export async function askHidden(question: string, streams: TerminalStreams): Promise<string> {
  const { Writable } = await import('node:stream');
  return await ask(question, streams, new Writable({ write: (_chunk, _encoding, done) => done() }));
}
