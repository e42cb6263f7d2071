import { ask, type TerminalStreams } from './ask.js';

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
