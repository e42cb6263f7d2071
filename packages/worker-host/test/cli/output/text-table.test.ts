import { expect } from 'chai';
import { renderFacts, renderTable } from '../../../src/cli/output/text-table.js';

describe('text tables', () => {
  it('aligns columns by their widest cell, without trailing spaces', () => {
    const text = renderTable(
      [{ heading: 'name' }, { heading: 'limit', alignRight: true }, { heading: 'note' }],
      [
        ['a', '10', ''],
        ['longer', '5', 'x'],
      ],
    );

    expect(text).to.equal('NAME    LIMIT  NOTE\na          10\nlonger      5  x\n');
  });

  it('does not count colours as width', () => {
    const text = renderTable([{ heading: 'a' }, { heading: 'b' }], [['\u001b[31mred\u001b[39m', 'x']]);

    expect(text).to.equal('A    B\n\u001b[31mred\u001b[39m  x\n');
  });

  it('shows only headings if there are no rows', () => {
    expect(renderTable([{ heading: 'name' }], [])).to.equal('NAME\n');
  });

  it('truncates the widest truncatable columns until the table fits', () => {
    const text = renderTable(
      [{ heading: 'id' }, { heading: 'name', least: 6 }, { heading: 'reason', least: 6 }],
      [['12345678', 'a long name', 'a reason of many words']],
      30,
    );

    expect(text).to.equal('ID        NAME       REASON\n12345678  a long n…  a reason…\n');
  });

  it('omits columns, the highest numbers first, if truncating is not enough', () => {
    const columns = [
      { heading: 'id' },
      { heading: 'pool', least: 4, leaveOut: 2 },
      { heading: 'exit', leaveOut: 1 },
      { heading: 'reason', least: 4, leaveOut: 3 },
    ];
    const rows = [['12345678', 'my-pool', '0', 'because']];

    expect(renderTable(columns, rows, 24)).to.equal('ID        POOL     EXIT\n12345678  my-pool  0\n');
    expect(renderTable(columns, rows, 10)).to.equal('ID\n12345678\n');
    expect(renderTable(columns, rows, 5)).to.equal('ID\n12345678\n');
  });

  it('aligns facts below each other', () => {
    expect(
      renderFacts([
        ['id', '1'],
        ['longer', '2'],
      ]),
    ).to.equal('id      1\nlonger  2\n');
  });
});
