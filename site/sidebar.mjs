import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { titleOf } from './links.mjs';

const INDEX = 'docs/README.md';
const LINK = /\]\((?![a-z]+:)([^)\s]+)\)/g;
const FIRST = ['Start', ['README.md', 'docs', 'docs/concepts.md']];
const LAST = [
  ['Packages', ['packages/worker-host', 'packages/worker-ecs', 'packages/worker-core', 'packages/testing']],
  ['Project', ['CHANGELOG.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', 'docs/decisions']],
];

/**
 * The sidebar: the groups of the index of the documentation. A page stands in the first group that links to it as a whole, else in the
 * first that links to a part of it.
 */
export function sidebarOf(root) {
  const sections = readFileSync(join(root, INDEX), 'utf8').split(/^## /m).slice(1);
  const links = sections.flatMap((text, section) =>
    [...text.matchAll(LINK)].map(([, target]) => ({ target: posix.join(posix.dirname(INDEX), target), section })),
  );
  const isPart = ({ target }) => target.includes('#');
  const fixed = [FIRST, ...LAST];
  const placed = new Set(fixed.flatMap(([, targets]) => targets.map(pageOf)));
  const sectionOf = new Map();
  for (const { target, section } of [...links.filter((link) => !isPart(link)), ...links.filter(isPart)]) {
    const page = pageOf(target.split('#')[0]);
    if (existsSync(join(root, page)) && !placed.has(page) && !sectionOf.has(page)) sectionOf.set(page, section);
  }
  const groups = sections.map((text, section) => [
    text.split('\n', 1)[0],
    [...sectionOf].filter(([, each]) => each === section).map(([page]) => page),
  ]);
  return [FIRST, ...groups, ...LAST]
    .map(([text, targets]) => ({ text, items: targets.map((target) => itemOf(pageOf(target), root)) }))
    .filter(({ items }) => items.length > 0);
}

function pageOf(target) {
  return target.endsWith('.md') ? target : posix.join(target, 'README.md');
}

function itemOf(page, root) {
  return { text: titleOf(page, root), link: `/${page.replace(/README\.md$/, '').replace(/\.md$/, '')}` };
}
