import { expect } from 'chai';
import fc from 'fast-check';
import { PatternAutomaton, ROOT } from '../../../src/secrets/search/pattern-automaton.js';

/** The expected results after each unit of a text, by brute force. */
function expectedAfter(read: string, patterns: readonly string[]): readonly [depth: number, match: number] {
  const endings = Array.from({ length: read.length }, (_, from) => read.slice(from));
  const depth = endings.find((ending) => patterns.some((pattern) => pattern.startsWith(ending)))?.length ?? 0;
  const match = endings.find((ending) => patterns.includes(ending))?.length ?? 0;
  return [depth, match];
}

function expectRight(automaton: PatternAutomaton, text: string, patterns: readonly string[]): void {
  let state = ROOT;
  for (let at = 0; at < text.length; at += 1) {
    state = automaton.next(state, text.charCodeAt(at));
    const found = [automaton.depthOf(state), automaton.depthOf(automaton.matchOf(state))];
    expect(found, `${patterns.join()} in ${text.slice(0, at + 1)}`).to.deep.equal(
      expectedAfter(text.slice(0, at + 1), patterns),
    );
  }
}

const word = (minLength: number, maxLength: number) =>
  fc.string({ minLength, maxLength, unit: fc.constantFrom('a', 'é') });

describe('PatternAutomaton', () => {
  it('finds after each unit the longest beginning and the longest pattern that the text ends with', () => {
    fc.assert(
      fc.property(fc.uniqueArray(word(1, 6), { maxLength: 6 }), word(0, 40), (patterns, text) => {
        const automaton = new PatternAutomaton();
        for (const pattern of patterns) automaton.add(pattern);
        expectRight(automaton, text, patterns);
      }),
    );
  });

  it('stays correct after patterns were added and removed', () => {
    const step = fc.record({ isRemoved: fc.boolean(), pattern: word(1, 5), text: word(0, 20) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const automaton = new PatternAutomaton();
        const patterns: string[] = [];
        for (const { isRemoved, pattern, text } of steps) {
          const at = patterns.indexOf(pattern);
          if (!isRemoved) {
            automaton.add(pattern);
            patterns.push(pattern);
          } else if (at >= 0) {
            automaton.remove(pattern);
            patterns.splice(at, 1);
          }
          expectRight(automaton, text, patterns);
        }
        const beginnings = new Set(patterns.flatMap((each) => [...each].map((_, index) => each.slice(0, index + 1))));
        expect(automaton.states).to.equal(beginnings.size);
      }),
    );
  });

  it('counts a pattern as found after the given number of units', () => {
    const automaton = new PatternAutomaton();
    automaton.add('abcdef', 4);
    automaton.add('abc');
    const matches: number[] = [];
    let state = ROOT;
    for (const character of 'abcdefg') {
      state = automaton.next(state, character.charCodeAt(0));
      matches.push(automaton.depthOf(automaton.matchOf(state)));
    }
    expect(matches).to.deep.equal([0, 0, 3, 4, 5, 6, 0]);
  });

  it('continues from old states with new links after very many changes', () => {
    const automaton = new PatternAutomaton();
    automaton.add('aabaa');
    expectRight(automaton, 'aaabaabaa', ['aabaa']);
    for (let change = 0; change < 20_000; change += 1) {
      automaton.add('baab');
      automaton.remove('baab');
    }
    automaton.add('abaab');
    expectRight(automaton, 'aaabaabaab', ['aabaa', 'abaab']);
  });

  it('reports whether a pattern was the last with its first units', () => {
    const automaton = new PatternAutomaton();
    const entry = automaton.add('abcdef');
    expect(automaton.add('abcdxy')).to.equal(entry);
    expect(automaton.depthOf(entry)).to.equal(4);
    expect(automaton.remove('abcdef')).to.equal(false);
    expect(automaton.remove('abcdxy')).to.equal(true);
    expect(automaton.states).to.equal(0);
  });

  for (const [what, pattern, unit] of [
    ['the beginning of a pattern', 'abcdefghijklmnopqrstuvwxyz', 'abcdefghijklmnopqrstuvwxy'],
    ['one letter and a pattern of it', `${'a'.repeat(500)}b`, 'a'],
    ['a periodic pattern', `${'ab'.repeat(250)}c`, 'ab'],
  ] as const) {
    it(`takes at most two steps per unit of any text: ${what} repeated`, () => {
      const automaton = new PatternAutomaton();
      automaton.add(pattern);
      for (let length = 4; length < 100; length += 1) automaton.add(`${pattern.slice(0, length)}!`);
      const text = unit.repeat(20_000 / unit.length);
      for (let times = 0; times < 2; times += 1) {
        const before = automaton.steps;
        let state = ROOT;
        for (let at = 0; at < text.length; at += 1) state = automaton.next(state, text.charCodeAt(at));
        // The first time includes computing the links.
        const links = times === 0 ? automaton.states * 4 : 0;
        expect(automaton.steps - before).to.be.at.most(2 * text.length + links);
      }
    });
  }
});
