import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Scenario } from '../harness/scenario.js';

const SCRIPT = fileURLToPath(new URL('../../../../../scripts/ecs-members.mjs', import.meta.url));
const FIND_MODEL =
  'import botocore, glob, os; print(glob.glob(os.path.join(os.path.dirname(botocore.__file__), "data/ecs/*/service-2.json*"))[0])';

const run = promisify(execFile);

/** The list of members that definitions and requests are read by lacks nothing of the model that boto3 checks with. */
export const serviceModel: Scenario = {
  name: 'ours knows every member of definitions and requests that boto3 knows',
  play: async ({ parts }) => {
    const { stdout } = await run(join(parts.python.bin, 'python'), ['-c', FIND_MODEL]);
    await run(process.execPath, [SCRIPT, '--check', stdout.trim()]);
  },
};
