import { watch } from 'node:fs';

/**
 * Calls back for each write to a file by any process, if the platform reports them; otherwise never. Does not keep the process
 * alive.
 *
 * @returns ends it
 */
export function watchFile(path: string, onChange: () => void): () => void {
  try {
    const watcher = watch(path, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return () => watcher.close();
  } catch {
    return () => {};
  }
}
