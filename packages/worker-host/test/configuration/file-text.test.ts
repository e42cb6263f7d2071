import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { readTextFile } from '../../src/configuration/file-text.js';

describe('readTextFile', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'worker-host-file-text-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const written = (content: string | Buffer): string => {
    const path = join(directory, 'file');
    writeFileSync(path, content);
    return path;
  };

  it('reads a file without its byte order mark, and returns null for a missing one', () => {
    expect(readTextFile(written('\ufeffä'))).to.equal('ä');
    expect(readTextFile(join(directory, 'none'))).to.equal(null);
  });

  it('rejects files longer than a mebibyte, or not UTF-8', () => {
    expect(() => readTextFile(written(Buffer.alloc(1024 * 1024 + 1)))).to.throw('longer than 1048576 bytes');
    expect(() => readTextFile(written(Buffer.from([0xff])))).to.throw('not UTF-8');
  });

  it('neither waits for a pipe that was found, nor reads a device', () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);

    expect(() => readTextFile(pipe)).to.throw('it is not a file');
    expect(() => readTextFile('/dev/zero')).to.throw('it is not a file');
    expect(readTextFile('/dev/null', { isNamed: true })).to.equal('');
  });
});
