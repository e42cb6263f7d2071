import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesUnder, readSource } from './source-files.mjs';

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
const ELSEWHERE = /^[a-z]+:/;
const BLOCK = /^( *)(```+)[^\n]*\n[\s\S]*?^\1\2 *$/gm;

/** Links of the Markdown pages and of llms.txt that lead to no file, or to no heading of it. */
export function checkLinks(root) {
  return filesUnder(root, ['.md', 'llms.txt']).flatMap((file) => {
    const { path, text } = readSource(root, file);
    return [...text.matchAll(LINK)]
      .map(([, target]) => target)
      .filter((target) => !ELSEWHERE.test(target) && !isThere(file, target))
      .map((target) => `${path}: link to ${target}, which is not there`);
  });
}

function isThere(file, target) {
  const [to, heading] = target.split('#');
  const page = to === '' ? file : join(dirname(file), decodeURIComponent(to));
  if (!existsSync(page)) return false;
  if (heading === undefined || !page.endsWith('.md') || statSync(page).isDirectory()) return true;
  return headingsOf(readFileSync(page, 'utf8')).includes(heading);
}

/** The anchors that GitHub gives to the headings of a page. */
function headingsOf(text) {
  const lines = text.replace(BLOCK, '').split('\n');
  const names = lines.flatMap((line) => /^#{1,6} (.+)$/.exec(line)?.[1] ?? []).map(anchorOf);
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((each) => each === name).length;
    return before === 0 ? name : `${name}-${before}`;
  });
}

/** The anchor that GitHub gives to a heading. */
export function anchorOf(heading) {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}
