import { pathToFileURL } from 'node:url';
import type { WorkerPlugin } from '@worker-host/core';
import { assertPluginShape } from './assert-plugin-shape.js';
import type { PluginCandidate } from './find-plugins.js';
import { PluginShapeError, PluginTypeMismatchError } from './plugin-errors.js';
import { resolvePluginEntry } from './resolve-plugin-entry.js';

/** A plugin with the place it came from. */
export interface LoadedPlugin {
  readonly plugin: WorkerPlugin;
  readonly candidate: PluginCandidate;
  /** The module that was loaded. */
  readonly entry: string;
}

/**
 * Imports the module of a candidate and checks what it exports as `plugin` (or by default).
 *
 * @throws PluginEntryMissingError, PluginShapeError, PluginTypeMismatchError, or whatever the module throws.
 */
export async function loadPlugin(candidate: PluginCandidate): Promise<LoadedPlugin> {
  const entry = candidate.isDirectory ? resolvePluginEntry(candidate.path) : candidate.path;
  const module = (await import(pathToFileURL(entry).href)) as Readonly<Record<string, unknown>>;
  const exported = exportedPlugin(module);
  if (exported === undefined) throw new PluginShapeError(entry, ['nothing is exported as `plugin`']);
  assertPluginShape(exported, entry);
  const { declaredType, path } = candidate;
  if (declaredType !== null && declaredType !== exported.type)
    throw new PluginTypeMismatchError(path, declaredType, exported.type);
  return { plugin: exported, candidate, entry };
}

/** ES modules export it by name or by default; a CommonJS one may hide its exports in the default. */
function exportedPlugin(module: Readonly<Record<string, unknown>>): unknown {
  if (module.plugin !== undefined) return module.plugin;
  const standard = module.default;
  if (typeof standard === 'object' && standard !== null && 'plugin' in standard) return standard.plugin;
  return standard;
}
