import { parse } from 'acorn';

const OTHER = /[^\0-\x7f]/g;

/**
 * Returns the same module in ASCII, with escapes in texts and regular expressions and question marks in comments: V8 keeps
 * a module with one other character at two bytes for each.
 *
 * @throws SyntaxError where an escape would change the meaning: in a tagged template, after a backslash, in a name
 */
export function inAscii(code) {
  if (code.search(OTHER) < 0) return code;
  const ranges = [];
  const onComment = (_isBlock, _text, start, end) => ranges.push({ start, end, replace: () => '?' });
  const visit = (node) => {
    if (Array.isArray(node)) node.forEach(visit);
    if (typeof node?.type !== 'string') return;
    const { type, start, end } = node;
    if (type === 'Literal' || type === 'TemplateElement') ranges.push({ start, end, replace: escapeOf });
    // A tag may read its texts as they are written, as `String.raw` does.
    const children = type === 'TaggedTemplateExpression' ? [node.tag, node.quasi.expressions] : Object.values(node);
    children.forEach(visit);
  };
  visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module', onComment }));
  const parts = [];
  let at = 0;
  for (const { start, end, replace } of ranges.sort((a, b) => a.start - b.start)) {
    parts.push(code.slice(at, start), code.slice(start, end).replace(OTHER, replace));
    at = end;
  }
  const ascii = parts.join('') + code.slice(at);
  const left = ascii.search(OTHER);
  if (left >= 0) throw new SyntaxError(`Cannot write as ASCII: ${ascii.slice(Math.max(0, left - 40), left + 20)}`);
  return ascii;
}

function escapeOf(character, at, text) {
  if (text[at - 1] === '\\') throw new SyntaxError(`Cannot escape after a backslash: ${text}`);
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
