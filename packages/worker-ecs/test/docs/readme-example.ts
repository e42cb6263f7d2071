import { runJob } from '@worker-host/core';
import { plugin } from '@worker-host/ecs';

const result = await runJob(plugin, {
  variables: {
    image: 'public.ecr.aws/docker/library/alpine:3',
    command: 'echo hello',
    cpu: 256,
    memory: 512,
    family: 'my-job',
  },
  onStarted: (identifier) => console.log(`launched ${identifier}`),
  onOutput: (line) => console.log(`| ${line}`),
});
console.log(result.end?.diagnosis?.summary ?? 'ended well');
process.exitCode = result.statusCode === 0 ? 0 : 1;
