const MOST_TAG_CHARACTERS = 128;

/**
 * Returns the image of a job without an image: Prefect's own of this version.
 *
 * @param prefectVersion of the control plane, such as `3.8.8`; with a local part (`+…`) the development image of its commit.
 * @param pythonVersion major and minor, such as `3.11`.
 */
export function defaultImage(prefectVersion: string, pythonVersion: string): string {
  const [release = prefectVersion, local] = prefectVersion.split('+');
  const commit = local?.match(/g?([0-9a-f]{7,})/)?.[1]?.slice(0, 7);
  const base = commit ? `sha-${commit}` : release;
  const tag = `${base}-python${pythonVersion}`.replace(/[^A-Za-z0-9_.-]+/g, '-').slice(0, MOST_TAG_CHARACTERS);
  return `${commit ? 'prefecthq/prefect-dev' : 'prefecthq/prefect'}:${tag}`;
}
