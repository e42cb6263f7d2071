import { readFileSync } from 'node:fs';
import { OLDEST_PREFECT_VERSION, PREFECT_VERSION } from '@worker-host/core';
import { expect } from 'chai';
import { TEMPLATING_RECORDS, VERSION_RECORDS } from './version-differences/records.js';
import { VERSION_DIFFERENCES } from './version-differences/table.js';

const PAGE = readFileSync(new URL('../../../../../../docs/differences.md', import.meta.url), 'utf8');

describe(`the differences between Prefect ${OLDEST_PREFECT_VERSION} and ${PREFECT_VERSION}`, () => {
  const differing = [...VERSION_RECORDS, ...TEMPLATING_RECORDS].filter(
    ({ outcomes }) => JSON.stringify(outcomes['3.8.8']) !== JSON.stringify(outcomes['3.9.1']),
  );

  it('are each in one row, with a record of both versions', () => {
    expect(VERSION_RECORDS.filter((record) => !differing.includes(record))).to.deep.equal([]);
    for (const { name } of differing) {
      expect(
        VERSION_DIFFERENCES.filter(({ records }) => records.test(name)),
        name,
      ).to.have.length(1);
    }
  });

  it('are documented in no other row', () => {
    const [, section = ''] = PAGE.split('## Between Prefect 3.8.8 and 3.9.1');
    const [table = ''] = section.split('\n## ');
    const rows = table.split('\n').filter((line) => /^\| [^|]/.test(line) && !line.startsWith('| | '));

    expect(rows.map((row) => row.split(' | ')[0]?.slice(2))).to.have.members(
      VERSION_DIFFERENCES.map(({ what }) => what),
    );
  });

  for (const { what, oldest, newest, ours, records, holds } of VERSION_DIFFERENCES) {
    it(`are documented: ${what}`, () => {
      expect(PAGE).to.include(`| ${what} | ${oldest} | ${newest} | ${ours} |`);
    });

    for (const record of differing.filter(({ name }) => records.test(name))) {
      it(`leave ours as the table says: ${what}, record ${record.name}`, async () => {
        await holds(record);
      });
    }
  }
});
