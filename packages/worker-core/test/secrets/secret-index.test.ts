import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { SecretIndex } from '../../src/secrets/secret-index.js';

const secretOf = (number: number): string => createHash('sha256').update(String(number)).digest('hex');

function indexOf(count: number): SecretIndex {
  const index = new SecretIndex();
  for (let number = 0; number < count; number += 1) index.add(secretOf(number));
  return index;
}

/** Steps for a text after the links that it visits are computed. */
function stepsFor(index: SecretIndex, text: string): number {
  index.redact(text, '*');
  const before = index.steps;
  index.redact(text, '*');
  return index.steps - before;
}

describe('SecretIndex', () => {
  const HOSTILE: Readonly<Record<string, (length: number) => string>> = {
    dots: (length) => '.'.repeat(length),
    "one secret's beginning": (length) =>
      secretOf(1)
        .slice(0, 60)
        .repeat(length / 60),
    'the beginnings of all secrets': (length) =>
      Array.from({ length: length / 60 }, (_, number) => secretOf(number % 1000).slice(0, 60)).join(''),
    'cut beginnings': (length) => `${secretOf(1).slice(0, 57)}...`.repeat(length / 60),
    'whole secrets': (length) => secretOf(1).repeat(length / 64),
    'encoded beginnings': (length) =>
      Buffer.from(secretOf(1).slice(0, 60))
        .toString('base64')
        .repeat(length / 80),
    'escaped beginnings': (length) => `\\u00${secretOf(1).slice(0, 54)}`.repeat(length / 60),
    backslashes: (length) => '\\'.repeat(length),
  };
  for (const [what, write] of Object.entries(HOSTILE)) {
    it(`takes linear time for ${what}, with few steps per unit`, () => {
      const index = indexOf(1000);
      const short = stepsFor(index, write(12_000));
      const long = stepsFor(index, write(120_000));
      expect(short).to.be.at.most(6 * 12_000);
      // Windows of long texts overlap.
      expect(long).to.be.at.most(10 * short * 1.1 + 1000);
    });
  }

  it('takes linear time if each encoded byte can begin a secret', () => {
    const index = new SecretIndex();
    index.add('a1'.repeat(500));
    for (const encoding of ['base64', 'hex'] as const) {
      const text = Buffer.from('a1'.repeat(10_000)).toString(encoding);
      expect(stepsFor(index, text)).to.be.at.most(6 * text.length);
    }
  });

  it('takes almost no steps for a text without a secret, however many are known', () => {
    const line =
      '2026-05-04T12:00:00.123Z INFO Launched arn:aws:ecs:eu-west-1:123456789012:task/c/0123456789abcdef for a run';
    for (const count of [10, 5000]) expect(stepsFor(indexOf(count), line)).to.be.at.most(8);
  });

  it('takes linear time in the text after each change, not in the number of secrets', () => {
    const index = indexOf(5000);
    const text = `${secretOf(7)} and ${secretOf(8).slice(0, 30)}...`;
    for (let number = 5000; number < 5010; number += 1) {
      index.add(secretOf(number));
      const before = index.steps;
      expect(index.redact(text, '*')).to.equal('* and *...');
      expect(index.steps - before).to.be.at.most(8 * text.length);
    }
  });

  it('stores as many states as secrets have characters, and none after they are removed', () => {
    const index = indexOf(1000);
    expect(index.states).to.be.at.most(1000 * 64);
    index.add(secretOf(1));
    for (let number = 0; number < 1000; number += 1) index.remove(secretOf(number));
    expect(index.states).to.equal(64);
    expect(index.redact(`${secretOf(1)} ${secretOf(2)}`, '*')).to.equal(`* ${secretOf(2)}`);
    index.remove(secretOf(1));
    expect(index.states).to.equal(0);
    expect(index.redact(secretOf(1), '*')).to.equal(secretOf(1));
  });

  it('releases the memory of many removed secrets', () => {
    const index = indexOf(2000);
    const room = index.room;
    for (let number = 0; number < 1990; number += 1) index.remove(secretOf(number));
    expect(index.room).to.be.at.most(room / 8);
    expect(index.redact(`${secretOf(1)} ${secretOf(1995)}`, '*')).to.equal(`${secretOf(1)} *`);
  });

  it('stores a bounded number of states per character of a secret of many forms', () => {
    const index = new SecretIndex();
    const tricky = 'p4ss "w\'rd\\d\n<&>%+é and more of it'.repeat(5);
    index.add(tricky);
    expect(index.states).to.be.at.most(8 * tricky.length);
  });
});
