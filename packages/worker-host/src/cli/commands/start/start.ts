import { type Command, Option } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand, repeatable } from '../../command-parts.js';

const TUNING = 'Tuning:';

export function startCommand(context: CommandContext): Command {
  const command = newCommand(
    'start',
    'Starts a worker: it claims the runs of a pool, launches each on infrastructure, and stays with it to its end.\n\n' +
      'With a Prefect API URL set in any place that Prefect reads, the pool is the one of that server; otherwise it is ' +
      'the embedded pool of this machine. Every option can also be set in the environment (--work-queue as ' +
      'WORKER_HOST_WORK_QUEUE) or in worker-host.toml (work_queue).',
  )
    .option('-p, --pool <pool>', 'the work pool to serve')
    .option('-t, --type <type>', "the worker type; default: the pool's, else that of the only plugin found")
    .option('-n, --name <name>', 'name of the worker; a restarted worker of the same name resumes its runs immediately')
    .addOption(repeatable('-q, --work-queue <queue>', 'serve this queue only; may be repeated; default: all'))
    .option('-l, --limit <runs>', 'most runs active at once in this worker')
    .option('--prefetch-seconds <seconds>', 'take a run so long before its scheduled time')
    .option(
      '--run-once',
      'look for work once: take what is due and within the limits, stay with it to its end, then exit',
    )
    .option('--with-healthcheck', 'serve /health, /ready, /metrics and a status page')
    .option('--base-job-template <file>', 'JSON file with the template of a pool that is made')
    .option('--create-pool-if-not-found', 'make the pool when there is none (the default)')
    .option('--no-create-pool-if-not-found', 'end when there is no such pool')
    .addOption(
      new Option(
        '--install-policy <policy>',
        'accepted as by `prefect worker start`; nothing is ever installed',
      ).choices(['always', 'if-not-present', 'never', 'prompt']),
    )
    .addOption(
      new Option(
        '--drain <mode>',
        'at the first Ctrl-C or SIGTERM: leave the runs where they are, or await their ends',
      ).choices(['leave', 'await']),
    )
    .addOption(tuning('--drain-deadline-seconds <seconds>', 'longest time the drain takes'))
    .addOption(tuning('--query-seconds <seconds>', 'time between two polls for runs'))
    .addOption(tuning('--heartbeat-seconds <seconds>', 'time between two heartbeats'))
    .addOption(tuning('--recovery-seconds <seconds>', 'time between two searches for runs that dead workers left'))
    .addOption(tuning('--reconcile-seconds <seconds>', 'time between two comparisons of infrastructure and runs'))
    .addOption(tuning('--no-stop-final-runs', 'let the job of a run that was made final or deleted go on'))
    .addOption(tuning('--relaunch-limit <times>', 'new launches of a run whose infrastructure failed; 0: never'))
    .addOption(tuning('--death-limit <times>', 'deaths of workers before a launch that end a run as Crashed; 0: never'))
    .addOption(tuning('--kill-grace-seconds <seconds>', 'time a cancelled job gets to end by itself'))
    .addOption(tuning('--webserver-host <address>', 'address of the health server'))
    .addOption(repeatable('--webserver-hosts <name>', 'public name of the status page; may be repeated'))
    .addOption(
      tuning('--webserver-token <token>', 'token that readers of the page show; better set in the environment'),
    )
    .addOption(tuning('--webserver-port <port>', 'port of the health server'))
    .addOption(
      tuning('--log-level <level>', "least severe level of the worker's own log").choices([
        'debug',
        'info',
        'warn',
        'error',
      ]),
    )
    .addOption(tuning('--log-format <format>', "form of the worker's own log").choices(['text', 'json']))
    .action(async () => {
      const { startWorker } = await import('./start-worker.js');
      await startWorker(context, await context.settings(command));
    });
  return addExamples(command, [
    ['worker-host start --pool mine', 'serve a pool of any type that one of the plugins serves'],
    ['worker-host start --type local-process --pool new', 'make the pool when there is none, and serve it'],
    ['worker-host start --pool mine --limit 10 --work-queue urgent', 'ten runs at once, of one queue'],
    ['worker-host start --pool mine --run-once', 'look for work once, do it, then exit'],
    ['PREFECT_API_URL=http://127.0.0.1:4200/api worker-host start --pool mine', 'serve a pool of a Prefect server'],
    ['worker-host start --type my-type --pool mine --plugin ./my-plugin', 'with a plugin of your own'],
  ]);
}

function tuning(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup(TUNING);
}
