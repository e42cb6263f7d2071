/** Python of the default image, as the worker has none of its own. */
const DEFAULT_PYTHON_VERSION = '3.11';

const MOST_TAG_CHARACTERS = 128;

/** Python of the default image, from the environment. */
export function readPythonVersion(environment: Readonly<Record<string, string | undefined>>): string {
  return environment.WORKER_HOST_ECS_PYTHON_VERSION?.trim() || DEFAULT_PYTHON_VERSION;
}

/**
 * The image of a job that names none: Prefect's own of this version.
 *
 * @param prefectVersion of the control plane, such as `3.8.8`; with a local part (`+…`) the development image of its commit.
 * @param pythonVersion major and minor. Default: {@link DEFAULT_PYTHON_VERSION}.
 */
export function defaultImage(prefectVersion: string, pythonVersion: string = DEFAULT_PYTHON_VERSION): string {
  const [release = prefectVersion, local] = prefectVersion.split('+');
  const commit = local?.match(/g?([0-9a-f]{7,})/)?.[1]?.slice(0, 7);
  const base = commit ? `sha-${commit}` : release;
  const tag = `${base}-python${pythonVersion}`.replace(/[^A-Za-z0-9_.-]+/g, '-').slice(0, MOST_TAG_CHARACTERS);
  return `${commit ? 'prefecthq/prefect-dev' : 'prefecthq/prefect'}:${tag}`;
}
