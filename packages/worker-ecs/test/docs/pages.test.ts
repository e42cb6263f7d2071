import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { tablePages, withTable } from './pages.js';

describe('the pages of docs/', () => {
  for (const { file, table } of tablePages()) {
    it(`show the data the worker decides by: ${file} (mend with: npm run docs)`, () => {
      const page = readFileSync(new URL(`../../../docs/${file}`, import.meta.url), 'utf8');

      expect(page).to.include('<!-- table -->');
      expect(page).to.equal(withTable(page, table));
    });
  }
});
