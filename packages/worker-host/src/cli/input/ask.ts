import type { Readable, Writable } from 'node:stream';
import { InterruptedError } from '../cli-errors.js';

/** Streams of a terminal. */
export interface TerminalStreams {
  readonly input: Readable;
  readonly output: Writable;
}

/**
 * Prompts for a line at a terminal.
 *
 * @param echo stream that shows the input. Default: the terminal.
 * @returns the input; empty at its end (Ctrl-D).
 * @throws InterruptedError on Ctrl-C.
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
 * Prompts at a terminal for input that is not shown.
 *
 * @returns the input; empty at its end (Ctrl-D).
 * @throws InterruptedError on Ctrl-C.
 */
export async function askHidden(question: string, streams: TerminalStreams): Promise<string> {
  const { Writable } = await import('node:stream');
  return await ask(question, streams, new Writable({ write: (_chunk, _encoding, done) => done() }));
}
