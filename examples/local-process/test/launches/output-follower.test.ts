import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { offsetOf, readOutput } from '../../src/launches/output-follower.js';

describe('readOutput', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'output-follower-test-'));
    file = join(directory, 'output');
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('waits for the end of a line, unless the job has ended', async () => {
    await writeFile(file, 'one\ntw');
    expect(await readOutput(file, 0, false)).to.deep.equal({ lines: ['one'], nextOffset: 4 });
    expect(await readOutput(file, 4, false)).to.deep.equal({ lines: [], nextOffset: 4 });
    await appendFile(file, 'o\r\n\n');
    expect(await readOutput(file, 4, false)).to.deep.equal({ lines: ['two', ''], nextOffset: 10 });
    await appendFile(file, 'rest');
    expect(await readOutput(file, 10, true)).to.deep.equal({ lines: ['rest'], nextOffset: 14 });
  });

  it('returns nothing for a file that does not exist', async () => {
    expect(await readOutput(file, 0, true)).to.deep.equal({ lines: [], nextOffset: 0 });
  });

  it('splits a line that is too long between two characters and loses none', async () => {
    const text = `x${'€'.repeat(30_000)}`;
    await writeFile(file, text);
    const parts: string[] = [];
    for (let offset = 0; ; ) {
      const { lines, nextOffset } = await readOutput(file, offset, true);
      if (nextOffset === offset) break;
      parts.push(...lines);
      offset = nextOffset;
    }
    expect(parts.length).to.equal(2);
    expect(parts.join('')).to.equal(text);
  });

  it('treats an invalid cursor as the beginning', () => {
    expect([offsetOf('12'), offsetOf(null), offsetOf('-1'), offsetOf('x')]).to.deep.equal([12, 0, 0, 0]);
  });
});
