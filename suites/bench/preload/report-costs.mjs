// Preloaded into a worker: answers each message with the processor time and the heap of the process after a collection.
// Until the first message the process is as without it.
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
