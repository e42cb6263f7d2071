import { type Command, Option } from 'commander';
import type { Administration } from '../../../orchestrators/embedded/administration-types.js';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { parseDurationSeconds } from '../../input/values.js';
import { addOutputOptionsOfOne, type OutputOptions, printedForScripts } from '../../output/output.js';
import { renderTop, TOP_SORTS, type TopSort } from './render-top.js';
import { readTopSnapshot, type TopSnapshot } from './top-snapshot.js';

/** Alternate screen, hidden cursor, and long lines truncated instead of wrapped. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const QUIT = 'q';
const INTERRUPT = '\u0003';
const LEAST_SECONDS = 0.2;
const ROWS_OF_SNAPSHOT = 60;
/** Effectively no timeout while no key is pressed. */
const HELD_MS = 24 * 3_600_000;

interface Options extends OutputOptions {
  readonly pool?: string;
  readonly once?: boolean;
  readonly every: string;
  readonly sort: TopSort;
}

export function topCommand(context: CommandContext): Command {
  const command = newCommand(
    'top',
    'Shows a pool live: slots, workers, active runs with state and age, why runs wait, and why the latest runs ended.' +
      '\n\nKeys: q quits, p pauses and resumes the view, s changes the order of the active runs. Without a terminal, the ' +
      'command prints one snapshot.',
  )
    .option('-p, --pool <pool>', 'the pool; default: the only one')
    .option('--once', 'print one snapshot')
    .option('--every <seconds>', 'seconds between updates', '2')
    .addOption(new Option('--sort <order>', 'order of the active runs').choices(TOP_SORTS).default('age'))
    .action((options: Options) =>
      withEmbeddedPool(context, command, 'Open the web page of the Prefect server', async (administration) => {
        const everyMs = Math.max(LEAST_SECONDS, parseDurationSeconds('--every', options.every)) * 1000;
        const settings = await context.settings(command);
        const pool = settings.get('pool') ?? (await onlyPool(administration));
        const read = (): Promise<TopSnapshot> => readTopSnapshot(administration, pool, context.io.clock.nowMs());
        const snapshot = await read();
        if (await printedForScripts(context, options, forScripts(snapshot))) return;
        if (options.once === true || !context.io.stdoutIsTerminal) return printOnce(context, snapshot, options);
        await new LiveTop(context, options.sort, read).run(snapshot, everyMs);
      }),
    );
  addOutputOptionsOfOne(command);
  return addExamples(command, [
    ['worker-host top --pool mine', 'until q or Ctrl-C'],
    ["worker-host top --pool mine -o json | jq '.overview.dueRuns'", 'how many runs wait'],
  ]);
}

function printOnce(context: CommandContext, snapshot: TopSnapshot, { sort }: Options): void {
  const { io, styles, times } = context;
  const columns = io.stdoutIsTerminal ? io.columns : Number.POSITIVE_INFINITY;
  const view = { columns, rows: ROWS_OF_SNAPSHOT, hasKeys: false, sort, isHeld: false, styles, times };
  context.say(renderTop(snapshot, view).join('\n').trimEnd());
}

/** Omits the template of the pool, which `pool inspect` prints. */
function forScripts({ overview, ...snapshot }: TopSnapshot): object {
  const { id, name, type, isPaused, concurrencyLimit } = overview.pool;
  return { ...snapshot, overview: { ...overview, pool: { id, name, type, isPaused, concurrencyLimit } } };
}

/** Draws on the alternate screen of the terminal, so that its previous contents are restored at the end. */
class LiveTop {
  #isStopped = false;
  #wake = new AbortController();
  #isHeld = false;

  constructor(
    private readonly context: CommandContext,
    private sort: TopSort,
    private readonly read: () => Promise<TopSnapshot>,
  ) {}

  async run(first: TopSnapshot, everyMs: number): Promise<void> {
    const { io } = this.context;
    const stopListening = io.onStopSignal(() => this.#press(QUIT));
    const stopKeys = io.onKey((key) => this.#press(key));
    const stopResizing = io.onResize(() => this.#wake.abort());
    io.out(ENTER);
    try {
      let snapshot = first;
      let readAtMs = io.clock.nowMs();
      while (!this.#isStopped) {
        this.#draw(snapshot);
        await this.#sleep(Math.max(0, readAtMs + everyMs - io.clock.nowMs()));
        if (this.#isHeld || this.#isStopped || io.clock.nowMs() < readAtMs + everyMs) continue;
        snapshot = await this.read();
        readAtMs = io.clock.nowMs();
      }
    } finally {
      io.out(LEAVE);
      stopResizing();
      stopKeys();
      stopListening();
    }
  }

  #press(key: string): void {
    if (key === QUIT || key === INTERRUPT) this.#isStopped = true;
    if (key === 'p') this.#isHeld = !this.#isHeld;
    if (key === 's') this.sort = TOP_SORTS[(TOP_SORTS.indexOf(this.sort) + 1) % TOP_SORTS.length] ?? 'age';
    this.#wake.abort();
  }

  #draw(snapshot: TopSnapshot): void {
    const { io, styles, times, secrets } = this.context;
    const { columns, rows } = io;
    const lines = renderTop(snapshot, {
      columns,
      rows,
      hasKeys: io.stdinIsTerminal,
      sort: this.sort,
      isHeld: this.#isHeld,
      styles,
      times,
    });
    const text = lines.map((line) => `${secrets.redact(line)}${CLEAR_LINE}`).join('\r\n');
    io.out(`${HOME}${text}${CLEAR_BELOW}`);
  }

  /** Waits for a key, a resize, or the end; while the view is paused there is no timer. */
  async #sleep(ms: number): Promise<void> {
    this.#wake = new AbortController();
    const { signal } = this.#wake;
    await this.context.io.clock.sleep(this.#isHeld ? HELD_MS : ms, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}

async function onlyPool(administration: Administration): Promise<string> {
  const names = (await administration.listWorkPools()).map(({ name }) => name);
  const [only, ...others] = names;
  if (only === undefined) throw new UsageError('No work pool exists. Create one with: worker-host pool create POOL');
  if (others.length > 0)
    throw new UsageError(`Several work pools exist. Pass --pool with one of: ${names.join(', ')}.`);
  return only;
}
