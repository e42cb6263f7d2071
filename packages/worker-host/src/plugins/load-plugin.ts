import { pathToFileURL } from 'node:url';
import type { WorkerPlugin } from '@worker-host/core';
import { assertPluginShape } from './assert-plugin-shape.js';
import type { PluginCandidate } from './find-plugins.js';
import { PluginShapeError, PluginTypeMismatchError } from './plugin-errors.js';
import { resolvePluginEntry } from './resolve-plugin-entry.js';

/** A plugin and its location. */
export interface LoadedPlugin {
  readonly plugin: WorkerPlugin;
  readonly candidate: PluginCandidate;
  /** The module that was loaded. */
  readonly entry: string;
}

/**
 * Imports the module of a candidate and checks its export `plugin` (or the default export).
 *
 * @throws PluginEntryMissingError, PluginShapeError, PluginTypeMismatchError, or errors of the module.
 */
export async function loadPlugin(candidate: PluginCandidate): Promise<LoadedPlugin> {
  const { entry, exported } = await importNamed(candidate, 'plugin');
  if (exported === undefined) throw new PluginShapeError(entry, ['the module does not export `plugin`']);
  assertPluginShape(exported, entry);
  const { declaredType, path } = candidate;
  if (declaredType !== null && declaredType !== exported.type)
    throw new PluginTypeMismatchError(path, declaredType, exported.type);
  return { plugin: exported, candidate, entry };
}

/**
 * Imports the module of a candidate. ES modules export the value by name or by default; the exports of a CommonJS module can be
 * in the default.
 *
 * @throws PluginEntryMissingError, or errors of the module.
 */
export async function importNamed(
  { isDirectory, path }: PluginCandidate,
  name: string,
): Promise<{ readonly entry: string; readonly exported: unknown }> {
  const entry = isDirectory ? resolvePluginEntry(path) : path;
  const module = (await import(pathToFileURL(entry).href)) as Readonly<Record<string, unknown>>;
  if (module[name] !== undefined) return { entry, exported: module[name] };
  const standard = module.default;
  const isHidden = typeof standard === 'object' && standard !== null && name in standard;
  return { entry, exported: isHidden ? (standard as Readonly<Record<string, unknown>>)[name] : standard };
}
