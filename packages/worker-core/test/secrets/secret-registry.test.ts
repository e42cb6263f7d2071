import { expect } from 'chai';
import { SecretRegistry } from '../../src/secrets/secret-registry.js';

describe('SecretRegistry', () => {
  it('redacts every known secret in a text, the longest first', () => {
    const secrets = new SecretRegistry();
    secrets.add('hush');
    secrets.add('hush-hush');
    expect(secrets.redact('a hush-hush b hush c')).to.equal('a ******** b ******** c');
  });

  it('redacts overlapping or touching secrets as one', () => {
    const secrets = new SecretRegistry();
    secrets.add('plum-tree');
    secrets.add('tree-house');
    expect(secrets.redact('a plum-tree-house b')).to.equal('a ******** b');
    expect(secrets.redact('a plum-treeplum-tree b')).to.equal('a ******** b');
  });

  it('returns the same text if it contains no secret', () => {
    const secrets = new SecretRegistry();
    expect(secrets.redact('late-one')).to.equal('late-one');
    secrets.add('late-one');
    expect(secrets.redact('too late for "late-on"')).to.equal('too late for "late-on"');
  });

  it('redacts a secret that is added later', () => {
    const secrets = new SecretRegistry();
    expect(secrets.redact('late-one')).to.equal('late-one');
    secrets.add('late-one');
    expect(secrets.redact('late-one')).to.equal('********');
  });

  it('finds secrets across the windows of a long text', () => {
    const secrets = new SecretRegistry();
    secrets.add('s3cret-value');
    const filler = 'x'.repeat(40_000);
    for (const shift of [0, 1, 5, 11, 12, 13]) {
      const text = `${filler}${'y'.repeat(25_530 - shift)} s3cret-value ${filler} s3cret-value ${filler} s3cret-v...`;
      expect(secrets.redact(text)).to.equal(
        text.replaceAll('s3cret-value', '********').replace('s3cret-v...', '********...'),
      );
    }
  });

  it('judges a word at the edge of a window by the adjacent text', () => {
    const secrets = new SecretRegistry();
    secrets.add('plum');
    // Windows of 65,536 characters that overlap by 48.
    const edges = [65_488, 65_536].flatMap((edge) => Array.from({ length: 12 }, (_, index) => edge - 10 + index));
    for (const before of edges)
      for (const word of ['aplum', 'plums', 'aplum-%41', 'plums-%41']) {
        const text = `%41${'-'.repeat(before - 3)}${word}${'-'.repeat(10_000)}`;
        expect(secrets.redact(text) === text, `${word} ${before}`).to.equal(true);
      }
  });

  it('redacts JSON to valid JSON', () => {
    const secrets = new SecretRegistry();
    secrets.addAll({ deep: [{ pin: 12345 }, 'plum-tree'], none: null });

    expect(secrets.redactJson({ a: ['is 12345', 12345, 1234, true], 'plum-tree': null })).to.deep.equal({
      a: ['is ********', '********', 1234, true],
      '********': null,
    });
  });

  it('keeps common numbers in JSON', () => {
    const secrets = new SecretRegistry();
    secrets.addAll({ port: 8080, pin: 42 });
    expect(secrets.redactJson({ port: 8080, pin: 42 })).to.deep.equal({ port: 8080, pin: 42 });
  });

  it('keeps members of any name in JSON, without changing a prototype', () => {
    const secrets = new SecretRegistry();
    secrets.add('plum-tree');
    const value = JSON.parse('{"__proto__": {"a": "plum-tree"}}');
    expect(JSON.stringify(secrets.redactJson(value))).to.equal('{"__proto__":{"a":"********"}}');
  });

  it('redacts JSON of any depth', () => {
    const secrets = new SecretRegistry();
    const deep = JSON.parse(`${'[{"a":'.repeat(3000)}"plum-tree"${'}]'.repeat(3000)}`);
    secrets.addAll(deep);

    let inner = secrets.redactJson(deep) as unknown;
    while (typeof inner === 'object') inner = Object.values(inner as object)[0];
    expect(inner).to.equal('********');
  });

  describe('scope', () => {
    it('redacts its secrets everywhere until it is disposed of', () => {
      const secrets = new SecretRegistry();
      const run = secrets.scope();
      const other = secrets.scope();
      run.addAll({ token: 'plum-tree', pin: 12345 });

      for (const each of [secrets, run, other]) {
        expect(each.redact('a plum-tree')).to.equal('a ********');
        expect(each.redactJson({ pin: 12345 })).to.deep.equal({ pin: '********' });
      }
      run.dispose();
      for (const each of [secrets, run, other]) {
        expect(each.redact('a plum-tree')).to.equal('a plum-tree');
        expect(each.redactJson({ pin: 12345 })).to.deep.equal({ pin: 12345 });
      }
    });

    it('keeps what another scope or the registry holds as well', () => {
      const secrets = new SecretRegistry();
      const [one, other] = [secrets.scope(), secrets.scope()];
      one.add('plum-tree');
      one.add('plum-tree');
      other.add('plum-tree');
      secrets.add('pear-tree');
      one.add('pear-tree');

      one.dispose();
      one.dispose();
      expect(secrets.redact('plum-tree, pear-tree')).to.equal('********, ********');
      other.dispose();
      expect(secrets.redact('plum-tree, pear-tree')).to.equal('plum-tree, ********');
    });

    it('removes parts of a secret only with the last secret that has them', () => {
      const secrets = new SecretRegistry();
      const run = secrets.scope();
      secrets.add('plum-tree');
      run.add('plum-tree-house');
      run.add('plum-t');

      run.dispose();
      expect(secrets.redact('plum-tree-house plum-t plum-t...')).to.equal('********-house plum-t ********...');
    });

    it('passes secrets added after disposal to its parent', () => {
      const secrets = new SecretRegistry();
      const run = secrets.scope();
      run.dispose();
      run.add('plum-tree');
      run.dispose();
      expect(secrets.redact('plum-tree')).to.equal('********');
    });
  });
});
