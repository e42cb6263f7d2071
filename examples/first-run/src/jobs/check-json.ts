// Checks that each named file is JSON; fails at the first that is not.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const EXIT_NOT_JSON = 3;

for (const path of process.argv.slice(2)) {
  try {
    JSON.parse(readFileSync(path, 'utf8'));
    console.log(`${basename(path)}: good`);
  } catch (error) {
    console.error(`${basename(path)}: not JSON: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(EXIT_NOT_JSON);
  }
}
