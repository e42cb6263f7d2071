const BLOCK =
  /(?<skip><!-- not run: .+ -->\n\n?)?^(?<indent> *)```(?<kind>sh|console)\n(?<body>[\s\S]*?)^ *```$|^<!-- run\n(?<hidden>[\s\S]*?)^-->$/gm;
const PLACE = /^<!-- runs on: (?<place>moto) -->$/m;

/** What a page is run on: the local AWS, unless a comment names moto. */
export function placeOf(page) {
  return PLACE.exec(page)?.groups.place ?? 'local-aws';
}

/**
 * The blocks of a page that are run, in their order. `sh`: commands that must succeed. `console`: a session, whose output
 * must be as shown. A comment `<!-- run … -->` holds commands that readers are not shown.
 */
export function blocksOf(page) {
  return [...page.matchAll(BLOCK)].flatMap(({ groups: { skip, indent = '', kind, body, hidden } }) => {
    if (skip !== undefined) return [];
    if (hidden !== undefined) return [{ kind: 'sh', text: hidden }];
    const text = body.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
    return [{ kind, text }];
  });
}
