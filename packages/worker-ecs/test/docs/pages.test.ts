import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { tablePages, withTable } from './pages.js';

describe('the pages of docs/', () => {
  for (const { file, table } of tablePages()) {
    it(`match the tables in the code: ${file} (renew with: npm run docs)`, () => {
      const page = readFileSync(new URL(`../../../docs/${file}`, import.meta.url), 'utf8');

      expect(page).to.include('<!-- table -->');
      expect(plain(page)).to.equal(plain(withTable(page, table)));
    });
  }
});

/** Removes the blanks and dashes that only align columns. */
function plain(page: string): string {
  return page.replace(/ +\|/g, ' |').replace(/-{3,}/g, '---');
}
