import { basename, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { createPluginProject } from '../../../plugins/create-plugin-project.js';
import { UsageError } from '../../cli-errors.js';
import type { CommandContext } from '../../command-context.js';
import { addExamples, jsonOption, newCommand } from '../../command-parts.js';
import type { JsonOption } from '../../output/output.js';

const PACKAGE_NAME = /^(?:@[a-z0-9-][a-z0-9._-]*\/)?[a-z0-9-][a-z0-9._-]*$/;
const TYPE = /^[a-z0-9-]+$/;
const LONGEST_PACKAGE_NAME = 214;

export function pluginsNewCommand(context: CommandContext): Command {
  const command = newCommand('new', 'Creates a plugin project that builds, passes the conformance kit and runs jobs.')
    .argument('<name>', 'name of the npm package, such as worker-host-nomad or @me/nomad')
    .option('-t, --type <type>', 'worker type; default: the package name without worker-host- and -plugin')
    .option('-d, --directory <dir>', 'directory of the project; default: the package name')
    .addOption(jsonOption())
    .action(async (name: string, options: JsonOption & { readonly type?: string; readonly directory?: string }) => {
      if (!PACKAGE_NAME.test(name) || name.length > LONGEST_PACKAGE_NAME)
        throw new UsageError(
          `'${name}' is not a valid npm package name: use lower-case letters, digits, '-', '.' and '_'`,
        );
      const type = options.type ?? typeOf(name);
      if (!TYPE.test(type))
        throw new UsageError(
          `'${type}' is not a valid worker type: use lower-case letters, digits and -. Pass one with --type.`,
        );
      const { workingDirectory } = context.io;
      const directory = resolve(workingDirectory, options.directory ?? basename(name));
      const files = await createPluginProject({ directory, packageName: name, type });
      if (options.json) return context.json({ name, type, directory, files });
      const place = relative(workingDirectory, directory) || '.';
      context.say(`Created the plugin ${name} for pools of type ${type} [directory=${place}, files=${files.length}].`);
      context.note(`Next: cd ${place} && npm install && npm run build && npm test. README.md says what to replace.`);
    });
  return addExamples(command, [
    ['worker-host plugins new worker-host-nomad', 'a plugin for pools of type nomad, in ./worker-host-nomad'],
    ['worker-host plugins new @me/boxes --type box --directory ./boxes', 'with another type, in another directory'],
  ]);
}

/** Returns `nomad` for `worker-host-nomad`, `@me/nomad` and `nomad-plugin`. */
function typeOf(packageName: string): string {
  const name = packageName.replace(/^@[^/]+\//, '');
  return name.replace(/^worker-host-(?=.)/, '').replace(/(?<=.)-plugin$/, '') || name;
}
