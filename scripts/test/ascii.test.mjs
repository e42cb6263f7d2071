import { strict as assert } from 'node:assert';
import { inAscii } from '../ascii.mjs';

const evaluate = async (code) => await import(`data:text/javascript,${encodeURIComponent(code)}`);

describe('ascii', () => {
  it('escapes texts, templates and regular expressions without changing what they mean', async () => {
    const code = [
      "export const text = 'a…b🙂\\n';",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the module that is converted
      'export const template = `${text}é${`×`}`;',
      'export const found = [/[–—]/.test("–"), /^🙂$/u.test("🙂"), /é/.source];',
      "export const object = { 'ß': 1 };",
    ].join('\n');
    const ascii = inAscii(code);

    assert.match(ascii, /^[\0-\x7f]*$/);
    const [before, after] = [await evaluate(code), await evaluate(ascii)];
    for (const name of ['text', 'template', 'object']) assert.deepEqual(after[name], before[name]);
    assert.deepEqual(after.found, [true, true, '\\u00e9']);
  });

  it('keeps a module that is ASCII, and the length of comments', () => {
    assert.equal(inAscii("/* a */ f('b');"), "/* a */ f('b');");
    assert.equal(inAscii("/* a → b */ f('b'); // ©"), "/* a ? b */ f('b'); // ?");
  });

  it('refuses what an escape would change', () => {
    assert.throws(() => inAscii('String.raw`é`'), /Cannot write as ASCII: String.raw/);
    assert.throws(() => inAscii("f('\\é')"), /Cannot escape after a backslash/);
    assert.throws(() => inAscii('const é = 1'), /Cannot write as ASCII/);
  });
});
