// Preloaded into a worker: answers 'used' with the processor time of the process and its heap after a garbage collection,
// 'profile' with null when its profile has begun, and 'profiled' with the profile. Before the first message it has no effect.
import { Session } from 'node:inspector/promises';
import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';

let session = null;

const ANSWERS = {
  used() {
    const { user, system } = process.cpuUsage();
    v8.setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    return { cpuMs: (user + system) / 1000, heapBytes: process.memoryUsage().heapUsed };
  },
  async profile() {
    session = new Session();
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 200 });
    await session.post('Profiler.start');
    return null;
  },
  async profiled() {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return profile;
  },
};

process.on('message', async (asked) => process.send?.(await ANSWERS[asked]()));
// The worker ends as without it.
process.channel?.unref();
