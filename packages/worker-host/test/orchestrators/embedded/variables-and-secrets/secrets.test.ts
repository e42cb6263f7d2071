import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { dataFilesOf } from '../../../../src/orchestrators/embedded/database/data-directory.js';
import { PoolBench, thrownBy } from '../support/pool-bench.js';

const PLANTED = 'hunter2-planted-secret';

describe('secrets of the embedded pool', () => {
  let bench: PoolBench;
  let keyPath: string;
  beforeEach(() => {
    bench = new PoolBench();
    keyPath = dataFilesOf(bench.home).secretKeyPath;
  });
  afterEach(() => bench.dispose());

  it('are read by another process, for any JSON', () => {
    const { secrets } = bench.open();
    const values = { text: PLANTED, object: { user: 'me', number: 1.5, none: null }, empty: '', list: [true] };
    for (const [name, value] of Object.entries(values)) secrets.set(name, value);
    secrets.set('text', `${PLANTED} anew`);
    const again = bench.open().secrets;
    for (const [name, value] of Object.entries(values))
      expect(again.read(name)).to.deep.equal(name === 'text' ? `${PLANTED} anew` : value);
    expect(again.list().map(({ name }) => name)).to.deep.equal(['empty', 'list', 'object', 'text']);
  });

  it('are in no file in plain text, nor in base64', () => {
    const pool = bench.open();
    pool.secrets.set('token', PLANTED);
    pool.secrets.set('token', `${PLANTED}2`);
    pool.variables.set('seen', 'a-value-in-clear');
    const files = readdirSync(bench.home).map((name) => readFileSync(join(bench.home, name)));
    const holds = (text: string): boolean => files.some((bytes) => bytes.includes(text));
    expect(holds('a-value-in-clear')).to.equal(true);
    expect(holds(PLANTED)).to.equal(false);
    expect(holds(Buffer.from(PLANTED).toString('base64').slice(0, 24))).to.equal(false);
  });

  it('have a key file for the user alone, created with the first of them', () => {
    const { secrets } = bench.open();
    expect(existsSync(keyPath)).to.equal(false);
    secrets.set('token', PLANTED);
    expect(statSync(keyPath).mode & 0o777).to.equal(0o600);
    expect(readdirSync(bench.home).filter((name) => name.startsWith('secret.key'))).to.deep.equal(['secret.key']);
  });

  it('are not read, and none is added, if the key file is missing', () => {
    bench.open().secrets.set('token', PLANTED);
    rmSync(keyPath);
    const { secrets } = bench.open();
    const error = thrownBy(() => secrets.read('token'));
    expect(error).to.include({ code: 'DATA_KEY_MISSING' });
    expect(error.message).to.contain(keyPath);
    expect(thrownBy(() => secrets.set('other', 'x'))).to.include({ code: 'DATA_KEY_MISSING' });
    expect(existsSync(keyPath)).to.equal(false);

    secrets.delete('token');
    secrets.set('other', 'x');
    expect(secrets.read('other')).to.equal('x');
  });

  it('are not read with another key, and the message contains no secret', () => {
    bench.open().secrets.set('token', PLANTED);
    writeFileSync(keyPath, Buffer.from('0123456789abcdefghijklmnopqrstuv'));
    const error = thrownBy(() => bench.open().secrets.read('token'));
    expect(error).to.include({ code: 'SECRET_UNREADABLE' });
    expect(`${error.stack} ${String(error.cause)}`).not.to.contain(PLANTED);
  });

  it('are not read with a truncated key file', () => {
    bench.open().secrets.set('token', PLANTED);
    writeFileSync(keyPath, 'short');
    const error = thrownBy(() => bench.open().secrets.read('token'));
    expect(error).to.include({ code: 'DATA_DIRECTORY_UNUSABLE' });
    expect(error.message).to.contain(keyPath);
  });

  it('use the key of the environment instead, if set', () => {
    bench.open({ secretKey: 'a long passphrase' }).secrets.set('token', PLANTED);
    expect(existsSync(keyPath)).to.equal(false);
    expect(bench.open({ secretKey: 'a long passphrase' }).secrets.read('token')).to.equal(PLANTED);
    expect(thrownBy(() => bench.open({ secretKey: 'another long passphrase' }).secrets.read('token'))).to.include({
      code: 'SECRET_UNREADABLE',
    });
    expect(thrownBy(() => bench.open().secrets.read('token'))).to.include({ code: 'DATA_KEY_MISSING' });
  });

  it('cannot be exchanged for each other', () => {
    const pool = bench.open();
    pool.secrets.set('mine', PLANTED);
    pool.secrets.set('theirs', 'x');
    pool.database.run(
      "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'mine') WHERE name = 'theirs'",
    );
    expect(thrownBy(() => pool.secrets.read('theirs'))).to.include({ code: 'SECRET_UNREADABLE' });
  });

  it('are blocks with a secret value', () => {
    const { secrets } = bench.open();
    secrets.set('token', PLANTED);
    const block = secrets.findBlock('name', 'token');
    expect(block).to.deep.include({ typeSlug: 'secret', data: { value: PLANTED }, secretFields: ['value'] });
    expect(secrets.findBlock('id', block?.id ?? '')).to.deep.equal(block);
    expect(secrets.findBlock('name', 'nothing')).to.equal(null);
  });

  it('that are unknown or have an invalid name are reported', () => {
    const { secrets } = bench.open();
    expect(thrownBy(() => secrets.read('nothing'))).to.include({ code: 'NOT_FOUND' });
    expect(thrownBy(() => secrets.delete('nothing'))).to.include({ code: 'NOT_FOUND' });
    expect(thrownBy(() => secrets.set('a b', 1))).to.include({ code: 'POOL_INPUT_INVALID' });
  });
});
