import { PLUGIN_API_VERSION, type WorkerPlugin } from '@worker-host/core';
import { PluginShapeError } from './plugin-errors.js';

/**
 * Checks by shape, so that a plugin built with a second installed copy of the core is accepted.
 *
 * @throws PluginShapeError with every problem: path, expected, found.
 */
export function assertPluginShape(value: unknown, entry: string): asserts value is WorkerPlugin {
  const problems = shapeProblems(value);
  if (problems.length > 0) throw new PluginShapeError(entry, problems);
}

function shapeProblems(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`plugin: expected an object, got ${nameOf(value)}`];
  const plugin = value as Readonly<Record<string, unknown>>;
  const problems: string[] = [];
  const expect = (isRight: boolean, path: string, expected: string): void => {
    if (!isRight) problems.push(`plugin.${path}: expected ${expected}, got ${nameOf(plugin[path])}`);
  };
  expect(plugin.kind === 'worker-plugin', 'kind', "'worker-plugin'");
  expect(plugin.apiVersion === PLUGIN_API_VERSION, 'apiVersion', String(PLUGIN_API_VERSION));
  expect(typeof plugin.type === 'string' && /^[a-z0-9-]+$/.test(plugin.type), 'type', 'lower-case letters, digits, -');
  for (const path of ['displayName', 'description']) expect(typeof plugin[path] === 'string', path, 'a text');
  for (const path of ['configuration', 'variables']) expect(typeof plugin[path] === 'function', path, 'a class');
  expect(typeof plugin.register === 'function', 'register', 'a function');
  for (const path of ['settings', 'tools'])
    expect(['function', 'undefined'].includes(typeof plugin[path]), path, 'a function or nothing');
  return problems;
}

function nameOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string' || typeof value === 'number') return JSON.stringify(value);
  return value === null ? 'null' : typeof value;
}
