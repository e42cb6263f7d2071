import { stripVTControlCharacters } from 'node:util';
import { expect } from 'chai';
import type { JobView } from '../../src/progress/job-view.js';
import { LiveTable, renderRows } from '../../src/progress/live-table.js';
import { PlainLines } from '../../src/progress/plain-lines.js';

const aView = (more: Partial<JobView> = {}): JobView => ({
  title: 'count lines',
  stateType: 'RUNNING',
  stateName: 'Running',
  seconds: 1.26,
  note: 'a line',
  ...more,
});

class Output {
  text = '';
  constructor(readonly columns: number) {}
  write(text: string): void {
    this.text += text;
  }
}

describe('progress of the first run', () => {
  it('shows sign, job, state, time and last line', () => {
    const rows = renderRows(
      [aView({ stateType: 'COMPLETED', stateName: 'Completed' }), aView({ title: 'x', seconds: null })],
      80,
      0,
    );

    expect(rows.map(stripVTControlCharacters)).to.deep.equal([
      '✔ count lines  Completed    1.3s  a line',
      '⠋ x            Running            a line',
    ]);
  });

  for (const columns of [10, 30, 40, 80]) {
    it(`is never wider than ${columns} columns`, () => {
      const rows = renderRows([aView({ note: 'long '.repeat(40) })], columns, 3);

      for (const row of rows) expect(stripVTControlCharacters(row).length).to.be.at.most(columns);
    });
  }

  it('shows a note with several lines or control characters as one plain line', () => {
    const rows = renderRows([aView({ note: 'stopped\nstop code\r\u001b[2J\u0007 UserInitiated' })], 80, 0);

    expect(rows.map(stripVTControlCharacters)).to.deep.equal([
      '⠋ count lines  Running      1.3s  stopped stop code UserInitiated',
    ]);
  });

  it('redraws the table in place and restores the cursor', () => {
    const output = new Output(80);
    const table = new LiveTable(output);

    table.show([aView(), aView()]);
    const firstLength = output.text.length;
    table.show([aView(), aView()]);
    table.end();

    expect(output.text.startsWith('\u001b[?25l')).to.equal(true);
    expect(output.text.slice(firstLength).startsWith('\u001b[2A')).to.equal(true);
    expect(output.text.endsWith('\u001b[?25h')).to.equal(true);
  });

  it('writes one plain line for each change of a state', () => {
    const output = new Output(80);
    const lines = new PlainLines(output, () => 2);

    lines.show([aView({ stateName: 'Pending' }), aView({ title: 'other' })]);
    lines.show([aView({ stateName: 'Pending', seconds: 9 }), aView({ title: 'other' })]);
    lines.show([aView(), aView({ title: 'other' })]);

    expect(output.text).to.equal(
      [
        '   2.0s  Pending                count lines\n',
        '   2.0s  Running                other\n',
        '   2.0s  Running                count lines\n',
      ].join(''),
    );
  });

  it('shows the last output line at the end of a job', () => {
    const output = new Output(80);

    new PlainLines(output, () => 2).show([
      aView({ stateType: 'COMPLETED', stateName: 'Completed', note: 'ten\nlines' }),
    ]);

    expect(output.text).to.equal('   2.0s  Completed              count lines  ten lines\n');
  });
});
