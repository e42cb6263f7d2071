import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand, repeatable } from '../../command-parts.js';
import { withEmbeddedPool } from '../../control-plane/open-embedded-pool.js';
import { parseCount } from '../../input/values.js';

const HELP = 'worker-host ui --help';
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];
const TOKEN_BYTES = 24;
const LARGEST_PORT = 65_535;

export function uiCommand(context: CommandContext): Command {
  const command = newCommand(
    'ui',
    'Serves a live web page of the embedded pool: pools, runs, logs, deployments and workers. Ctrl-C stops it.\n\n' +
      'By default it listens only on this machine. The printed URL also allows cancelling and retrying runs and pausing ' +
      'pools and deployments: it contains a token, which is new at each start.',
  )
    .option(
      '--host <address>',
      'address to listen on; other than loopback needs WORKER_HOST_WEBSERVER_TOKEN',
      '127.0.0.1',
    )
    .option('--port <port>', 'port to listen on; 0: any free port', '8090')
    .addOption(repeatable('--hosts <name>', 'public host name of the page; repeatable'))
    .option('--allow-actions', 'allow actions from other machines too')
    .option('--read-only', 'allow no actions')
    .action((options: Options) =>
      withEmbeddedPool(context, command, 'Open the web page of the Prefect server', async (administration) => {
        const settings = await context.settings(command);
        const port = parseCount('--port', options.port, 0);
        if (port > LARGEST_PORT)
          throw new UsageError(`--port expects a number of at most ${LARGEST_PORT}, found ${port}.`, HELP);
        const token = settings.get('webserver-token') ?? null;
        const isLocal = LOOPBACK.includes(options.host);
        if (!isLocal && token === null)
          throw new UsageError(
            `The page at ${options.host} can be reached from other machines: set a token in WORKER_HOST_WEBSERVER_TOKEN.`,
            HELP,
          );
        if (token !== null) context.secrets.add(token);
        const hasActions = options.readOnly !== true && (isLocal || options.allowActions === true);
        const actionToken = hasActions ? randomBytes(TOKEN_BYTES).toString('base64url') : null;
        const { openUiServer } = await import('../../../ui/ui-server.js');
        const server = await openUiServer({
          administration,
          host: options.host,
          port,
          access: { hosts: options.hosts ?? [], token },
          actionToken,
          secrets: context.secrets,
          clock: context.io.clock,
        });
        context.say(actionToken === null ? server.url : `${server.url}/#token=${actionToken}`);
        context.note('Ctrl-C stops the page; workers and runs continue.');
        try {
          await new Promise<void>((resolve) => {
            const stopListening = context.io.onStopSignal(() => {
              stopListening();
              resolve();
            });
          });
        } finally {
          await server.close();
        }
      }),
    );
  return addExamples(command, [
    ['worker-host ui', 'open the printed URL'],
    ['worker-host ui --read-only --port 9000', 'without actions, on another port'],
  ]);
}

interface Options {
  readonly host: string;
  readonly port: string;
  readonly hosts?: readonly string[];
  readonly allowActions?: boolean;
  readonly readOnly?: boolean;
}
