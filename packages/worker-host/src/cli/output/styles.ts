import { styleText } from 'node:util';
import type { StateType } from '@worker-host/core';
import type { CommandIo } from '../command-io.js';
import { stateMood } from './format.js';

type Format = Parameters<typeof styleText>[0];

/** Colours text if the output supports it; otherwise returns it unchanged. */
export interface Styles {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  /** Returns the name of a log level in its colour; levels are Prefect's numbers. */
  level(level: number, name: string): string;
  /** Returns the name of a state in the colour of its kind. */
  state(type: StateType, name: string): string;
}

const MOOD_FORMATS: Readonly<Record<ReturnType<typeof stateMood>, Format>> = {
  good: 'green',
  bad: 'red',
  warn: 'yellow',
  busy: 'cyan',
  idle: 'dim',
};

/** Returns whether to colour a stream: a terminal unless `NO_COLOR` is set; anything if `FORCE_COLOR` is set. */
export function wantsColors({ environment }: Pick<CommandIo, 'environment'>, isTerminal: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment;
  const isForced = FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0';
  return isForced || (isTerminal && (NO_COLOR ?? '') === '' && TERM !== 'dumb');
}

export function createStyles(io: Pick<CommandIo, 'environment' | 'stdoutIsTerminal'>): Styles {
  const isWanted = wantsColors(io, io.stdoutIsTerminal);
  // styleText checks the environment again from Node 22; the decision is made here.
  const style = (format: Format, text: string) =>
    isWanted ? styleText(format, text, { validateStream: false } as never) : text;
  return {
    bold: (text) => style('bold', text),
    dim: (text) => style('dim', text),
    red: (text) => style('red', text),
    level: (level, name) => {
      if (level >= 40) return style('red', name);
      if (level >= 30) return style('yellow', name);
      return level >= 20 ? name : style('dim', name);
    },
    state: (type, name) => style(MOOD_FORMATS[stateMood(type)], name),
  };
}
