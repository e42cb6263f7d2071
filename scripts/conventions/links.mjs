import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesUnder, readSource } from './source-files.mjs';

const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g;
const ELSEWHERE = /^(?:[a-z]+:|#)/;

/** Links of the Markdown pages that lead to no file. */
export function checkLinks(root) {
  return filesUnder(root, ['.md']).flatMap((file) => {
    const { path, text } = readSource(root, file);
    return [...text.matchAll(LINK)]
      .map(([, target]) => target)
      .filter((target) => !ELSEWHERE.test(target))
      .filter((target) => !existsSync(join(dirname(file), decodeURIComponent(target.split('#')[0]))))
      .map((target) => `${path}: link to ${target}, which is not there`);
  });
}
