// Preloaded into a worker: answers each message with the processor time of the process, and its heap after a garbage
// collection. Before the first message it has no effect.
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  v8.setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  process.send?.({ cpuMs: (user + system) / 1000, heapBytes: process.memoryUsage().heapUsed });
});
// The worker ends as without it.
process.channel?.unref();
