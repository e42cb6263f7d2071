import { randomUUID } from 'node:crypto';
import {
  buildBaseJobTemplate,
  type FlowRun,
  SecretRegistry,
  silentEventSink,
  silentLogger,
  silentMeter,
  systemClock,
} from '@worker-host/core';
import {
  BudgetedAwsClientsProvider,
  createEcsWorker,
  createTaskRunPreparer,
  ECSJobConfiguration,
  plugin,
  SdkAwsClientsProvider,
} from '@worker-host/ecs';

const environment = process.env;
const secrets = new SecretRegistry();
const options = { workerName: 'my-program', workPoolName: 'my-program', environment, hostCollectsOutput: true };
const sdk = new SdkAwsClientsProvider(environment, systemClock, secrets, silentLogger);
const worker = createEcsWorker({
  clients: new BudgetedAwsClientsProvider(sdk, systemClock, silentMeter), // keeps within AWS's rates
  preparer: createTaskRunPreparer(options, systemClock),
  options,
  clock: systemClock,
  meter: silentMeter,
  logger: silentLogger,
  events: silentEventSink,
});

// What a pool's template and job variables are to a host. `none`: the template refers to no blocks and variables.
const none = async () => null;
const references = { readBlockDocumentById: none, readBlockDocument: none, readVariable: none };
const configuration = await ECSJobConfiguration.fromTemplateAndValues(
  buildBaseJobTemplate(plugin),
  { image: 'public.ecr.aws/docker/library/alpine:3', command: 'echo hello', cpu: 256, memory: 512, family: 'my-job' },
  { references, environment, secrets },
);

const id = randomUUID();
const flowRun = { id, name: 'my-job' } as FlowRun;
const signal = new AbortController().signal; // abort it to let go of the task, which then goes on alone
const result = await worker.run(flowRun, configuration, {
  attempt: { flowRunId: id, id: '1', startedAtMs: Date.now() }, // the same run and attempt again: the same task
  relaunch: 0,
  mayHaveLaunched: false,
  signal,
  cancelled: signal,
  logger: silentLogger,
  started: async (pid) => console.log(`launched ${pid}`), // keep it: `worker.resume` takes up the task by it
  progress: ({ phase }) => console.log(phase),
  output: (lines) => console.log(lines.map(({ message }) => `| ${message}`).join('\n')),
});
console.log(result.end?.diagnosis?.summary ?? 'ended well');
await worker.teardown();
process.exitCode = result.statusCode === 0 ? 0 : 1;
