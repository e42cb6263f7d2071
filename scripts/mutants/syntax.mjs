import { parse } from 'acorn';

/** Nodes without code to mutate. */
const LEFT_OUT = new Set(['ImportDeclaration', 'ExportAllDeclaration', 'ExportSpecifier', 'MetaProperty']);

/** Parses a compiled ES module. */
export function parseModule(code) {
  return parse(code, { ecmaVersion: 'latest', sourceType: 'module' });
}

/** Returns the children of a node in source order, each with its key. */
export function childrenOf(node) {
  if (LEFT_OUT.has(node.type)) return [];
  const children = [];
  for (const [key, value] of Object.entries(node)) {
    if (key === 'key' && !node.computed) continue;
    if (key === 'property' && node.type === 'MemberExpression' && !node.computed) continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child?.type === 'string') children.push({ key, child });
    }
  }
  return children.sort((a, b) => a.child.start - b.child.start);
}

/** Returns the name that a node gives to the function or class it contains; null: none. */
export function nameGivenBy(node, code) {
  const textOf = (part) => code.slice(part.start, part.end);
  switch (node.type) {
    case 'ClassDeclaration':
    case 'ClassExpression':
    case 'FunctionDeclaration':
    case 'FunctionExpression':
      return node.id?.name ?? null;
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return textOf(node.key);
    case 'Property':
      return isFunction(node.value) ? textOf(node.key) : null;
    case 'VariableDeclarator':
      return isFunction(node.init) ? textOf(node.id) : null;
    default:
      return null;
  }
}

export function isFunction(node) {
  return node !== null && /^(?:Arrow)?Function/.test(node.type);
}

/** Returns whether a statement is one of the compiler's decorator helpers, or a call of one. */
export function isCompilersOwn(node) {
  if (node.type === 'VariableDeclaration') return node.declarations.some(({ id }) => isCompilersName(id));
  if (node.type !== 'ExpressionStatement') return false;
  const { expression } = node;
  const called = expression.type === 'AssignmentExpression' ? expression.right : expression;
  return called.type === 'CallExpression' && isCompilersName(called.callee);
}

function isCompilersName(node) {
  return node.type === 'Identifier' && /^__[a-z]/.test(node.name);
}
