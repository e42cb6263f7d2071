// Checks the built site: each link leads to a page and a heading of it, and no page requests anything from another host. Prints one
// line a problem; exits with 1 when there is any.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const site = process.argv[2] ?? fileURLToPath(new URL('dist', import.meta.url));
const base = process.env.SITE_BASE ?? '/';
const files = readdirSync(site, { recursive: true }).map((file) => join(site, file));
const pages = files.filter((file) => file.endsWith('.html') && !file.endsWith('404.html'));
const texts = new Map(pages.map((page) => [page, readFileSync(page, 'utf8')]));
const problems = pages.flatMap((page) => [...deadLinks(page), ...requestsElsewhere(page)]);
for (const sheet of files.filter((file) => file.endsWith('.css'))) {
  const [request] = /(?:@import\s+|url\()["']?(?:https?:)?\/\/[^)"']*/.exec(readFileSync(sheet, 'utf8')) ?? [];
  if (request !== undefined) problems.push(`${relative(site, sheet)}: requests ${request}`);
}

for (const problem of problems) console.error(problem);
console.log(`${pages.length} pages, ${problems.length} problems`);
process.exitCode = problems.length === 0 && pages.length > 0 ? 0 : 1;

function deadLinks(page) {
  const here = `/${relative(site, page)}`;
  return [...texts.get(page).matchAll(/<a\b[^>]*?\bhref="([^"]*)"/g)]
    .map(([, href]) => href.replaceAll('&amp;', '&'))
    .filter((href) => !/^[a-z]+:/.test(href) && !isThere(href, here))
    .map((href) => `${here}: dead link ${href}`);
}

function isThere(href, here) {
  const [path, heading] = decodeURIComponent(href).split('#');
  if (path.startsWith('/') && !path.startsWith(base)) return false;
  const inSite = path.startsWith('/') ? `/${path.slice(base.length)}` : posix.join(posix.dirname(here), path);
  const target = path === '' ? here : inSite;
  const file = [target, `${target}.html`, posix.join(target, 'index.html')]
    .map((each) => join(site, each))
    .find((each) => existsSync(each) && !statSync(each).isDirectory());
  if (file === undefined) return false;
  return !heading || texts.get(file)?.includes(`id="${heading}"`) === true;
}

function requestsElsewhere(page) {
  return [
    ...texts.get(page).matchAll(/<(?!a\b)[a-z]+\b[^>]*?\s(?:src|href)="((?:https?:)?\/\/[^"]*)"|@import url\(([^)]*)/g),
  ].map(([, attribute, sheet]) => `/${relative(site, page)}: requests ${attribute ?? sheet}`);
}
