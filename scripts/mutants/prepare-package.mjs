import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { findMutants } from './find-mutants.mjs';
import { instrument } from './instrument.mjs';
import { SourcePositions } from './source-positions.mjs';
import { parseModule } from './syntax.mjs';

/**
 * Finds the mutants in source files of one package through their compiled modules, and writes the instrumented texts to
 * `workFolder`. A mutant has an id, the `file` (relative to the root) and lines of its source, and its compiled `module`.
 */
export function preparePackage({ root, packageFolder, sources, workFolder }) {
  const mutants = [];
  const instrumented = [];
  for (const source of sources) {
    const module = compiledPathOf(source, packageFolder);
    const code = readCompiled(module, source);
    const tree = parseModule(code);
    const positions = new SourcePositions(module, code);
    const found = findMutants(tree, code).map((mutant, index) => ({
      ...mutant,
      id: mutants.length + index + 1,
      file: relative(root, source),
      line: positions.lineOf(mutant.start),
      lastLine: positions.lineOf(mutant.end - 1),
      module,
    }));
    mutants.push(...found);
    const text = join(workFolder, relative(packageFolder, module));
    mkdirSync(dirname(text), { recursive: true });
    writeFileSync(text, instrument(tree, code, found));
    instrumented.push([module, text]);
  }
  return { mutants: mutants.map(({ sites: _, ...mutant }) => mutant), instrumented };
}

function compiledPathOf(source, packageFolder) {
  return join(packageFolder, 'dist', relative(packageFolder, source)).replace(/\.ts$/, '.js');
}

function readCompiled(module, source) {
  try {
    return readFileSync(module, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') throw new Error(`${source} is not compiled. Build with: npx -y pnpm@10 build`);
    throw error;
  }
}
