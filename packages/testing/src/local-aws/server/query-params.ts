type Tree = { [key: string]: Tree | string };

const IS_INDEX = /^\d+$/;

/**
 * Parses the flat form of the query protocols (`Filter.1.Name=vpc-id`, `Tags.member.1.Key=a`) into objects and lists.
 * Members numbered from 1 become lists.
 */
export function parseQueryParams(form: URLSearchParams): Record<string, unknown> {
  const tree: Tree = Object.create(null) as Tree;
  for (const [name, value] of form) {
    const path = name.split('.').filter((part) => part !== 'member');
    const last = path.pop();
    if (last === undefined) continue;
    let node = tree;
    for (const part of path) {
      const next = node[part];
      if (typeof next === 'object') {
        node = next;
      } else {
        const made: Tree = Object.create(null) as Tree;
        node[part] = made;
        node = made;
      }
    }
    node[last] = value;
  }
  return Object.fromEntries(Object.entries(tree).map(([key, node]) => [key, settle(node)]));
}

function settle(node: Tree | string): unknown {
  if (typeof node === 'string') return node;
  const keys = Object.keys(node);
  if (keys.length > 0 && keys.every((key) => IS_INDEX.test(key))) {
    return keys.sort((a, b) => Number(a) - Number(b)).map((key) => settle(node[key] ?? ''));
  }
  return Object.fromEntries(keys.map((key) => [key, settle(node[key] ?? '')]));
}
