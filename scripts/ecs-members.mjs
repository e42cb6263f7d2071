// Writes the list of members that ECS takes, from the service model that AWS publishes with botocore
// (`botocore/data/ecs/*/service-2.json.gz` of an installed botocore):
//   node scripts/ecs-members.mjs MODEL          writes it
//   node scripts/ecs-members.mjs --check MODEL  fails where the list lacks anything of the model
// The lint compares the list with the installed AWS SDK, which needs no Python.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { checkEcsMembers, generated, MEMBERS_FILE, modelOfBotocore } from './conventions/ecs-members.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const isCheck = process.argv.includes('--check');
const [path] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
if (path === undefined) throw new Error('Name the service model: botocore/data/ecs/2014-11-13/service-2.json.gz');

const bytes = readFileSync(path);
const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
const model = modelOfBotocore(text, versionOf(path));

if (isCheck) {
  const problems = checkEcsMembers(root, model);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
} else {
  writeFileSync(join(root, MEMBERS_FILE), generated(model));
}

/** The version of the botocore that the model lies in, where it can be read beside it. */
function versionOf(file) {
  try {
    const own = readFileSync(join(file, '../../../../__init__.py'), 'utf8');
    return `botocore ${/__version__ = '([^']+)'/.exec(own)?.[1] ?? ''}`.trim();
  } catch {
    return 'botocore';
  }
}
