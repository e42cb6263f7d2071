/**
 * Version of Prefect whose behaviour, settings and default image this release follows. The interop suite installs it,
 * the settings table lists its settings, and docs/prefect.md names it.
 */
export const PREFECT_VERSION = '3.9.1';

/** Oldest version of Prefect that the interop suite runs part of its scenarios against. */
export const OLDEST_PREFECT_VERSION = '3.8.8';
