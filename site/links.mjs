import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

const ELSEWHERE = /^(?:[a-z]+:|#|\/)/;
const files = new Set();

/** Files that pages link to and that are no pages: templates, sources, alert rules. The build copies them into the site. */
export function linkedFiles() {
  return files;
}

/** Where the site serves such a file: as text, so that a browser shows it. */
export function addressOf(file) {
  return file.endsWith('.txt') ? file : `${file}.txt`;
}

/** The heading of a page. */
export function titleOf(page, root) {
  const [, title] = /^# (.+)$/m.exec(readFileSync(join(root, page), 'utf8'));
  return title.replaceAll('`', '');
}

/**
 * Turns the links of the repository into links of the site. A link named after its file gets the title of the page; a link to a folder
 * without a README becomes plain text.
 */
export function links(markdown, root) {
  markdown.core.ruler.push('site_links', ({ tokens, env }) => {
    for (const { children } of tokens) {
      const opened = [];
      for (const [index, token] of (children ?? []).entries()) {
        if (token.type === 'link_open') {
          opened.push(token);
          const href = token.attrGet('href');
          if (ELSEWHERE.test(href)) continue;
          const target = targetOf(href, env.relativePath, root);
          if (target === null) Object.assign(token, { type: 'text_open', tag: 'span', attrs: [] });
          else {
            token.attrSet('href', target);
            const name = children[index + 1];
            if (/^[\w/.-]+\.md$/.test(name.content)) name.content = titleOf(sourceOf(target), root);
          }
        } else if (token.type === 'link_close') token.tag = opened.pop().tag;
      }
    }
  });
}

/** The source of a page of the site. */
function sourceOf(target) {
  return target.replace(/#.*/, '').replace(/(^|\/)index\.md$/, '$1README.md');
}

function targetOf(href, page, root) {
  const [path, heading] = href.split('#');
  const file = posix.normalize(posix.join(posix.dirname(page), path)).replace(/\/$/, '');
  const anchor = heading === undefined ? '' : `#${heading}`;
  const readme = posix.join(file, 'README.md');
  if (existsSync(join(root, readme))) return `/${readme.replace('README', 'index')}${anchor}`;
  if (file.endsWith('.md')) return `/${file.replace(/(^|\/)README\.md$/, '$1index.md')}${anchor}`;
  if (!existsSync(join(root, file)) || statSync(join(root, file)).isDirectory()) return null;
  files.add(file);
  return `/${addressOf(file)}`;
}
