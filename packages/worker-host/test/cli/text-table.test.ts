import { expect } from 'chai';
import { renderFacts, renderTable } from '../../src/cli/text-table.js';

describe('text tables', () => {
  it('sets columns by their widest cell, without trailing spaces', () => {
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

  it('shows only headings when there are no rows', () => {
    expect(renderTable([{ heading: 'name' }], [])).to.equal('NAME\n');
  });

  it('sets facts under each other', () => {
    expect(
      renderFacts([
        ['id', '1'],
        ['longer', '2'],
      ]),
    ).to.equal('id      1\nlonger  2\n');
  });
});
