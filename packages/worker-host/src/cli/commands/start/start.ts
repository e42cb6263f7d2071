import { type Command, Option } from 'commander';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand, repeatable } from '../../command-parts.js';

const TUNING = 'Tuning:';

export function startCommand(context: CommandContext): Command {
  const command = newCommand(
    'start',
    'Starts a worker: it claims the runs of a pool, launches each on infrastructure, and watches it until it ends.\n\n' +
      'If a Prefect API URL is configured, the pool is on that server; otherwise it is in the embedded pool of this ' +
      'machine. Every option can also be set in the environment (--work-queue as ' +
      'WORKER_HOST_WORK_QUEUE) or in worker-host.toml (work_queue).',
  )
    .option('-p, --pool <pool>', 'the work pool to serve')
    .option('-t, --type <type>', 'the worker type; default: the type of the pool, else of the only plugin found')
    .option(
      '-n, --name <name>',
      'name of the worker; after a restart with the same name, it resumes its runs immediately',
    )
    .addOption(repeatable('-q, --work-queue <queue>', 'serve only this queue; repeatable; default: all'))
    .option('-l, --limit <runs>', 'maximum number of active runs in this worker')
    .option('--limit-cpu <vcpus>', 'maximum total vCPUs of the active runs in this worker')
    .option('--limit-memory <mib>', 'maximum total memory of the active runs in this worker, in MiB')
    .option('--prefetch-seconds <seconds>', 'claim runs this long before their scheduled time')
    .option('--run-once', 'poll once, claim the due runs within the limits, wait until they have ended, then exit')
    .option('--with-healthcheck', 'serve /health, /ready, /metrics and the web page')
    .option('--base-job-template <file>', 'JSON file with the base job template of a new pool')
    .option('--create-pool-if-not-found', 'create the pool if it does not exist (the default)')
    .option('--no-create-pool-if-not-found', 'exit if the pool does not exist')
    .addOption(
      new Option(
        '--install-policy <policy>',
        'accepted for compatibility with `prefect worker start`; has no effect',
      ).choices(['always', 'if-not-present', 'never', 'prompt']),
    )
    .addOption(
      new Option(
        '--drain <mode>',
        'at the first Ctrl-C or SIGTERM: leave the jobs running, or await the end of all runs',
      ).choices(['leave', 'await']),
    )
    .addOption(tuning('--drain-deadline-seconds <seconds>', 'maximum duration of the drain'))
    .addOption(tuning('--query-seconds <seconds>', 'time between polls for runs'))
    .addOption(tuning('--heartbeat-seconds <seconds>', 'time between heartbeats'))
    .addOption(tuning('--recovery-seconds <seconds>', 'time between searches for runs of dead workers'))
    .addOption(tuning('--reconcile-seconds <seconds>', 'time between comparisons of infrastructure and runs'))
    .addOption(tuning('--no-stop-final-runs', 'do not stop the job of a run that was made final or deleted'))
    .addOption(
      tuning('--relaunch-limit <times>', 'maximum number of relaunches when the infrastructure failed; 0: none'),
    )
    .addOption(
      tuning('--death-limit <times>', 'workers that die before a launch until the run ends Crashed; 0: no limit'),
    )
    .addOption(tuning('--kill-grace-seconds <seconds>', 'time that a cancelled job has to exit before it is killed'))
    .addOption(tuning('--notify-webhook <url>', 'URL to post notifications to; prefer the environment variable'))
    .addOption(
      tuning('--notify-webhook-secret <secret>', 'secret to sign notifications with; prefer the environment variable'),
    )
    .addOption(repeatable('--notify-command <word>', 'program that gets notifications, then its arguments; repeatable'))
    .addOption(repeatable('--notify-on <kind>', 'notify about failed, late or stuck runs; repeatable'))
    .addOption(repeatable('--notify-deployment <name>', 'notify about runs of this deployment; repeatable'))
    .addOption(tuning('--notify-late-seconds <seconds>', 'how overdue a late run is'))
    .addOption(tuning('--notify-stuck-seconds <seconds>', 'how long a stuck run has been claimed without a start'))
    .addOption(tuning('--webserver-host <address>', 'address of the health server'))
    .addOption(repeatable('--webserver-hosts <name>', 'public host name of the web page; repeatable'))
    .addOption(
      tuning('--webserver-token <token>', 'token required to read the web page; prefer the environment variable'),
    )
    .addOption(tuning('--webserver-port <port>', 'port of the health server'))
    .addOption(
      tuning('--log-level <level>', "minimum level of the worker's log").choices(['debug', 'info', 'warn', 'error']),
    )
    .addOption(tuning('--traces', 'export traces of runs with OpenTelemetry'))
    .addOption(tuning('--no-traces', 'export no traces, whatever OTEL_* variables say'))
    .addOption(tuning('--log-format <format>', "format of the worker's log").choices(['text', 'json']))
    .addOption(tuning('--load-log-seconds <seconds>', 'time between log lines with slots and backlog; 0: none'))
    .action(async () => {
      const { startWorker } = await import('./start-worker.js');
      await startWorker(context, await context.settings(command));
    });
  return addExamples(command, [
    ['worker-host start --pool mine', 'serve a pool of any type that an installed plugin serves'],
    ['worker-host start --type local-process --pool new', 'serve a pool, and create it if it does not exist'],
    ['worker-host start --pool mine --limit 10 --work-queue urgent', 'at most ten active runs, from one queue'],
    ['worker-host start --pool mine --run-once', 'run everything that is due, then exit'],
    ['PREFECT_API_URL=http://127.0.0.1:4200/api worker-host start --pool mine', 'serve a pool of a Prefect server'],
    ['worker-host start --type my-type --pool mine --plugin ./my-plugin', 'use your own plugin'],
  ]);
}

function tuning(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup(TUNING);
}
