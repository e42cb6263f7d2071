import { runJob } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';

const words = process.argv.slice(2);
if (words.length === 0) {
  console.error('Usage: node examples/one-job/dist/src/main.js COMMAND');
  process.exit(2);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const result = await runJob(plugin, {
  variables: { command: words.join(' '), image: process.env.IMAGE ?? 'public.ecr.aws/docker/library/alpine:3' },
  signal: stop.signal,
  onStarted: (identifier) => console.error(`Launched ${identifier}`),
  onOutput: (line) => console.log(line),
});

if (result.end?.diagnosis) console.error(`${result.end.diagnosis.summary}. ${result.end.diagnosis.resolution ?? ''}`);
process.exitCode = result.statusCode === -1 ? 1 : result.statusCode;
