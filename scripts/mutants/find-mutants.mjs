import { changesOf, doubled } from './mutators.mjs';
import { childrenOf, isCompilersOwn, nameGivenBy } from './syntax.mjs';

const LONGEST_SHOWN = 120;
const CONSTANT_NAME = /^[A-Z][A-Z0-9_]*$/;

/**
 * Returns the mutants of a compiled module in source order: start and end, kind, the text that replaces the original
 * (`null`: removed), and a name that does not depend on line numbers. `sites` are the nodes it applies to: the node
 * itself, or for a constant of the module every expression that reads it, so that it can change after loading.
 */
export function findMutants(tree, code) {
  const found = [];
  const constants = constantsOf(tree, code);
  visit(tree, { parent: tree, key: 'program', isInChain: false }, []);
  const read = [...constants.values()].filter(({ sites }) => sites.length > 0);
  return withNames(
    [...read, ...found].sort((a, b) => a.start - b.start),
    code,
  );

  function visit(node, place, names) {
    if (isCompilersOwn(node)) return;
    const name = nameGivenBy(node, code);
    const within = name === null ? names : [...names, name];
    if (node.type === 'Identifier') readConstant(node, place);
    const isInConstructor = within.at(-1) === 'constructor';
    for (const change of place.isInChain ? [] : changesOf(node, { ...place, isInConstructor }, code)) {
      const { start, end } = node;
      found.push({ start, end, ...change, within: within.join('.') || 'module', sites: [node] });
    }
    for (const { key, child } of childrenOf(node)) {
      if (constants.has(child)) continue;
      visit(child, { parent: node, key, isInChain: isLinkOfChain(node, key, place) }, within);
    }
  }

  function readConstant(node, { parent, key }) {
    if ((parent.type === 'VariableDeclarator' && key === 'id') || parent.shorthand) return;
    for (const mutant of constants.values()) if (mutant.constant === node.name) mutant.sites.push(node);
  }
}

/** Links of one optional chain: parentheses around a part of it would change what `?.` skips. */
function isLinkOfChain(node, key, place) {
  return node.type === 'ChainExpression' || (place.isInChain && (key === 'object' || key === 'callee'));
}

/** The named numbers of a module, by the node of their value. */
function constantsOf(tree, code) {
  const constants = new Map();
  for (const statement of tree.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (declaration?.type !== 'VariableDeclaration' || declaration.kind !== 'const') continue;
    for (const { id, init, start, end } of declaration.declarations) {
      if (!CONSTANT_NAME.test(id.name ?? '') || !isNumeric(init)) continue;
      if (code.match(new RegExp(`\\b${id.name}\\b`, 'g')).length < 2) continue;
      const written = code.slice(init.start, init.end);
      const text = init.type === 'Literal' ? doubled(init.value, written) : `(${written}) * 2`;
      constants.set(init, { start, end, kind: 'literal', text, within: 'module', constant: id.name, sites: [] });
    }
  }
  return constants;
}

function isNumeric(node) {
  if (node?.type === 'Literal') return typeof node.value === 'number';
  return node?.type === 'BinaryExpression' && isNumeric(node.left) && isNumeric(node.right);
}

/** Names: `Class.method: before → after`, numbered when one function contains the same change several times. */
function withNames(mutants, code) {
  const times = new Map();
  return mutants.map((mutant) => {
    const before = oneLine(code.slice(mutant.start, mutant.end));
    const after = mutant.text === null ? 'removed' : oneLine(mutant.text);
    const plain = `${mutant.within}: ${before} → ${after}`;
    const count = (times.get(plain) ?? 0) + 1;
    times.set(plain, count);
    return { ...mutant, before, after, name: count === 1 ? plain : `${plain} (${count})` };
  });
}

function oneLine(text) {
  const line = text.replace(/\s+/g, ' ');
  return line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN - 1)}…` : line;
}
