import type { JsonObject } from '@worker-host/core';
import type { Command } from 'commander';
import {
  fileKeyOf,
  SETTING_DEFINITIONS,
  type SettingDefinition,
  type SettingKind,
} from '../../../configuration/setting-definitions.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, newCommand } from '../../command-parts.js';

export function configSchemaCommand(context: CommandContext): Command {
  const command = newCommand(
    'schema',
    'Prints the JSON Schema of worker-host.toml, for completion and checks in editors.',
  ).action(() => context.json(configurationSchema()));
  return addExamples(command, [['worker-host config schema > worker-host.schema.json', 'for an editor']]);
}

/** Returns the JSON Schema of the configuration file. */
function configurationSchema(): JsonObject {
  const inFile = SETTING_DEFINITIONS.filter((definition) => definition.inFile);
  const properties = inFile.map(({ name, ...more }) => {
    const { kind, description, minimum }: Omit<SettingDefinition, 'name'> = more;
    return [fileKeyOf(name), { description, ...typeOf(kind), ...(minimum === undefined ? {} : { minimum }) }];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'worker-host.toml',
    type: 'object',
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

/** A list can also be a single text. */
function typeOf(kind: SettingKind): JsonObject {
  if (kind === 'list') return { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'string' }] };
  return typeof kind === 'string' ? { type: kind } : { enum: kind.enum };
}
