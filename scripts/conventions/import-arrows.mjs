import { join } from 'node:path';
import { filesUnder, importsOf, packageOf, readSource } from './source-files.mjs';

/** What each part of the workspace may import of ours; see the design in ARCHITECTURE.md. */
const MAY_IMPORT = {
  'packages/worker-core': [],
  'packages/worker-ecs': ['@worker-host/core'],
  'packages/worker-host': ['@worker-host/core'],
  'packages/testing': ['@worker-host/core'],
  'examples/local-process': ['@worker-host/core'],
};

/** A test may read its own package as its users do. */
const OWN_NAMES = {
  'packages/worker-core': '@worker-host/core',
  'packages/worker-ecs': '@worker-host/ecs',
  'packages/worker-host': 'worker-host',
  'packages/testing': '@worker-host/testing',
  'examples/local-process': '@worker-host/example-local-process',
};

/** The kit for tests may be used by any test. */
const TESTS_MAY_IMPORT = ['@worker-host/testing'];

const OURS = /^(?:@worker-host\/|worker-host$|worker-host\/)/;

/** What the core must stay free of: AWS, HTTP and databases. */
const NOT_IN_CORE =
  /^(?:@aws-sdk\/|@smithy\/|node:https?2?$|node:net$|node:tls$|node:sqlite$|undici|ws$|libsql|axios|express)/;

const PARTS_WITHOUT_A_WORD = ['packages/worker-core/src', 'packages/worker-host/src'];
const FORBIDDEN_WORD = /\becs\b|\bfargate\b|elastic container/i;

/** Problems with who imports whom, one line each. */
export function checkImportArrows(root) {
  const problems = [];
  for (const [part, allowed] of Object.entries(MAY_IMPORT)) {
    for (const kind of ['src', 'test']) {
      const folder = join(root, part, kind);
      for (const file of filesUnder(folder, ['.ts'])) {
        const { path, text } = readSource(root, file);
        for (const { specifier, line } of importsOf(text)) {
          const problem = problemOfImport({ part, kind, allowed, specifier, path });
          if (problem) problems.push(`${path}:${line}: ${problem}`);
        }
      }
    }
  }
  return problems;
}

function problemOfImport({ part, kind, allowed, specifier, path }) {
  if (specifier.startsWith('.')) {
    const depth = path.split('/').length - part.split('/').length - 1;
    const climbs = specifier.split('/').filter((step) => step === '..').length;
    return climbs > depth ? `relative import leaves the package (${specifier})` : null;
  }
  if (OURS.test(specifier)) {
    const permitted = kind === 'test' ? [...allowed, ...TESTS_MAY_IMPORT, OWN_NAMES[part]] : allowed;
    return permitted.includes(packageOf(specifier)) ? null : `${part} may not import ${specifier}`;
  }
  if (part === 'packages/worker-core' && kind === 'src' && NOT_IN_CORE.test(specifier)) {
    return `worker-core holds no AWS, HTTP or database (${specifier})`;
  }
  return null;
}

/** Lines of host and core that speak of one plugin's infrastructure. */
export function checkForbiddenWords(root) {
  return PARTS_WITHOUT_A_WORD.flatMap((part) =>
    filesUnder(join(root, part), ['.ts']).flatMap((file) => {
      const { path, text } = readSource(root, file);
      return text
        .split('\n')
        .flatMap((content, index) =>
          FORBIDDEN_WORD.test(content)
            ? [`${path}:${index + 1}: host and core know no infrastructure: ${content.trim()}`]
            : [],
        );
    }),
  );
}
