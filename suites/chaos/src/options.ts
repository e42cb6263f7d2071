import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  /** A plugin that is broken on purpose; its name says how. */
  readonly brokenPlugin: string | null;
  readonly keepsFolders: boolean;
}

export const HELP = `Usage: npx -y pnpm@10 chaos [--minutes N] [--seed S] [--break token] [--keep]

Runs real worker processes on a local AWS and the embedded pool while things go wrong at random: kills, lost answers,
throttles, refused capacity, slow reads, cut networks, jumping clocks, Spot, disturbed events. Afterwards it checks what
must hold whatever happened.

  --minutes N   how long rounds are begun (default 2)
  --seed S      replays what another run did (default: by chance; it is printed)
  --break HOW   uses a worker that is broken on purpose, to see that it is caught:
                token  launches without a token of its own
  --keep        keeps the folders of all rounds (those of failed rounds are always kept)
`;

/** Reads the command line. @throws TypeError for what it does not know. */
export function readOptions(argv: readonly string[]): ChaosOptions | null {
  const { values } = parseArgs({
    args: argv.filter((argument) => argument !== '--'),
    options: {
      minutes: { type: 'string', default: '2' },
      seed: { type: 'string' },
      break: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const minutes = Number(values.minutes);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
  if (!(minutes > 0)) throw new TypeError(`--minutes must be above 0, not '${values.minutes}'`);
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new TypeError(`--seed must be a whole number, not '${values.seed}'`);
  if (values.break !== undefined && values.break !== 'token') {
    throw new TypeError(`--break must be token, not '${values.break}'`);
  }
  return { minutes, seed, brokenPlugin: values.break ?? null, keepsFolders: values.keep };
}
