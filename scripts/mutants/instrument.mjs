import { childrenOf } from './syntax.mjs';

/** The global function that returns whether a mutant is active; `run-tests.mjs` defines it. */
const SWITCH = '__mutant__';

/**
 * Returns the module with all its mutants, each behind a switch: `__mutant__(id) ? changed : original`. A mutant has an
 * `id`, the text that replaces the original (`null`: removed) and the `sites` it applies to.
 */
export function instrument(tree, code, mutants) {
  const mutantsAt = new Map();
  for (const mutant of mutants) {
    for (const site of mutant.sites) mutantsAt.set(site, [...(mutantsAt.get(site) ?? []), mutant]);
  }
  return `const ${SWITCH} = globalThis.${SWITCH}; ${render(tree)}`;

  function render(node) {
    const here = mutantsAt.get(node) ?? [];
    const own = renderInside(node);
    if (here.length === 0) return own;
    const [removal] = here.filter(({ text }) => text === null);
    if (removal) return `{ if (${SWITCH}(${removal.id})) {} else ${own} }`;
    const choices = here.map(({ id, text }) => `${SWITCH}(${id}) ? (${text}) : `);
    return `(${choices.join('')}(${own}))`;
  }

  function renderInside(node) {
    let text = '';
    let position = node.start;
    for (const { child } of childrenOf(node)) {
      if (child.start < position) continue;
      text += code.slice(position, child.start) + render(child);
      position = child.end;
    }
    return text + code.slice(position, node.end);
  }
}
