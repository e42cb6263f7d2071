import { openEmbeddedQueue } from './embedded-queue.js';
import { openBullMq, openGraphile, openPgBoss } from './peer-queues.js';
import type { FromQueueProcess, Queue, QueuePlace } from './queue.js';

const REPORT_EVERY_MS = 20;

/** Opens a queue. */
export async function openQueue(place: QueuePlace): Promise<Queue> {
  if (place.name === 'embedded') return await openEmbeddedQueue(place);
  if (place.name === 'pg-boss') return await openPgBoss(place);
  return place.name === 'bullmq' ? await openBullMq(place) : await openGraphile(place);
}

/** A process that works off a queue on request, and reports its progress. */
async function serve(place: QueuePlace): Promise<void> {
  const queue = await openQueue(place);
  let ended = 0;
  let reported = 0;
  setInterval(() => {
    if (ended === reported) return;
    reported = ended;
    tell({ kind: 'ended', jobs: ended });
  }, REPORT_EVERY_MS);
  process.on('message', (message) => {
    if (message === 'used') {
      const { user, system } = process.cpuUsage();
      tell({ kind: 'used', cpuMs: (user + system) / 1000, mib: process.memoryUsage.rss() / 1024 ** 2 });
      return;
    }
    const onStart = (): void => {
      if (ended === reported) tell({ kind: 'started', atMs: Date.now() });
    };
    void queue.work(onStart, (jobs) => {
      ended += jobs;
    });
  });
  tell({ kind: 'ready' });
}

function tell(message: FromQueueProcess): void {
  process.send?.(message);
}

if (process.send !== undefined) {
  process.on('disconnect', () => process.exit(0));
  await serve(JSON.parse(process.argv[2] ?? '{}') as QueuePlace);
}
