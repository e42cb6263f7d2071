// Repository checks that Biome has no rule for. Prints one line a problem; exits with 1 when there is any.
import { fileURLToPath } from 'node:url';
import { checkEcsMembers } from './conventions/ecs-members.mjs';
import { checkErrorCodes } from './conventions/error-codes.mjs';
import { checkForbiddenWords, checkImportArrows } from './conventions/import-arrows.mjs';
import { checkLinks } from './conventions/links.mjs';
import { checkFileSizes, checkMachineTraces, checkNamedExports, checkUnfinished } from './conventions/tidiness.mjs';
import { checkUnusedExports } from './conventions/unused-exports.mjs';

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const problems = [
  checkImportArrows,
  checkForbiddenWords,
  checkErrorCodes,
  checkNamedExports,
  checkFileSizes,
  checkUnfinished,
  checkMachineTraces,
  checkUnusedExports,
  checkLinks,
  (tree) => checkEcsMembers(tree),
].flatMap((check) => check(root));

for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'No problems.' : `${problems.length} problems.`);
process.exitCode = problems.length === 0 ? 0 : 1;
