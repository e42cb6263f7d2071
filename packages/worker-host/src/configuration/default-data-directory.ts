import { join } from 'node:path';

/**
 * Returns the default directory for the data of the embedded pool: the user's data directory of the platform
 * (`$XDG_DATA_HOME/worker-host`, `~/.local/share/worker-host`, on macOS `~/Library/Application Support/worker-host`).
 */
export function defaultDataDirectory(
  environment: Readonly<Record<string, string | undefined>>,
  userHome: string,
  platform: string,
): string {
  const xdgDataHome = environment.XDG_DATA_HOME;
  if (xdgDataHome?.startsWith('/')) return join(xdgDataHome, 'worker-host');
  if (platform === 'darwin') return join(userHome, 'Library', 'Application Support', 'worker-host');
  return join(userHome, '.local', 'share', 'worker-host');
}
