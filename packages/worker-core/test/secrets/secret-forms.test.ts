import { expect } from 'chai';
import fc from 'fast-check';
import { SecretRegistry } from '../../src/secrets/secret-registry.js';

/** A secret with every character that is ever escaped. */
const TRICKY = 'p4ss "w\'o`r\\d\n<&>%+/?#@:é€😀=$z9';

const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');
const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const asciiOnly = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const percent = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, percentByte);
const percentByte = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
const eachByte = (text: string, write: (byte: string) => string): string =>
  [...utf8(text)].map((byte) => write(byte.toString(16).padStart(2, '0'))).join('');
const pythonRepr = (text: string): string =>
  `'${text
    .replace(/[\\']/g, '\\$&')
    .replace(/\n/g, '\\n')
    .replace(/[^\x20-\x7e]/gu, pythonEscape)}'`;
const pythonEscape = (character: string): string => {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
};
const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;' };
const html = (text: string): string => text.replace(/[&<>"']/g, (character) => HTML[character] ?? '');

const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  'as it is': (secret) => secret,
  'within a longer word': (secret) => `pre${secret}post`,
  'in JSON': json,
  'in JSON within JSON within JSON within JSON': (secret) => json(json(json(json(secret)))),
  'in JSON of ASCII alone': (secret) => asciiOnly(json(secret)),
  'in JSON of ASCII alone, with capital digits': (secret) =>
    asciiOnly(json(secret)).replace(/u[\da-f]{4}/g, (digits) => `u${digits.slice(1).toUpperCase()}`),
  'in JSON that escapes HTML and slashes': (secret) =>
    json(secret)
      .replaceAll('/', '\\/')
      .replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
  'quoted for a shell': (secret) => `'${secret.replaceAll("'", "'\\''")}'`,
  "quoted as Python's shlex does": (secret) => `'${secret.replaceAll("'", `'"'"'`)}'`,
  'in double quotes of a shell': (secret) => `"${secret.replace(/["\\$`]/g, '\\$&')}"`,
  'quoted for a shell in JSON': (secret) => json(`'${secret.replaceAll("'", "'\\''")}'`),
  "in a shell's words of bytes": (secret) => `$'${eachByte(secret, (byte) => `\\x${byte}`)}'`,
  "in a shell's octal words": (secret) =>
    [...utf8(secret)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join(''),
  'as Python writes it': pythonRepr,
  'as Python writes its bytes': (secret) =>
    `b'${[...utf8(json(secret))].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`)).join('')}'`,
  'as Python writes it in what Python writes': (secret) => pythonRepr(pythonRepr(secret)),
  'in CSV': (secret) => `"${secret.replaceAll('"', '""')}"`,
  'in SQL': (secret) => `'${secret.replaceAll("'", "''")}'`,
  'percent-encoded': percent,
  'percent-encoded in small letters': (secret) => percent(secret).replace(/%../g, (byte) => byte.toLowerCase()),
  'percent-encoded twice': (secret) => percent(percent(secret)),
  'percent-encoded five times': (secret) => percent(percent(percent(percent(percent(secret))))),
  'percent-encoded in each byte': (secret) => eachByte(secret, (byte) => `%${byte}`),
  'as the password of an address': (secret) => {
    const address = new URL('https://host/path');
    address.username = 'user';
    address.password = secret;
    return address.href;
  },
  'in a form of the web': (secret) => new URLSearchParams({ a: 'b', secret }).toString(),
  'in JSON in an address': (secret) => percent(JSON.stringify({ secret })),
  'in an address in JSON': (secret) => JSON.stringify({ url: `https://host/?a=${percent(secret)}` }),
  'in HTML': html,
  'in HTML by numbers': (secret) => [...secret].map((character) => `&#${character.codePointAt(0)};`).join(''),
  'in HTML by hexadecimal numbers': (secret) =>
    [...secret].map((character) => `&#x${character.codePointAt(0)?.toString(16)};`).join(''),
  'in HTML in HTML': (secret) => html(html(secret)),
  'in HTML in HTML in HTML in HTML': (secret) => html(html(html(html(html(secret))))),
  'in JSON in HTML': (secret) => html(JSON.stringify({ secret })),
  'in hexadecimal digits': (secret) => utf8(secret).toString('hex'),
  'in capital hexadecimal digits': (secret) => utf8(secret).toString('hex').toUpperCase(),
  'in hexadecimal digits parted by colons': (secret) => eachByte(secret, (byte) => `:${byte}`),
  'in hexadecimal digits after one more': (secret) => `a${utf8(secret).toString('hex')}`,
  'in hexadecimal digits that a percent sign stands before': (secret) => `%${utf8(secret).toString('hex')}`,
  'in Base64 that a percent sign and a digit stand before': (secret) => `%0${utf8(secret).toString('base64')}`,
  'in Base64': (secret) => utf8(secret).toString('base64'),
  'in Base64 of addresses': (secret) => utf8(secret).toString('base64url'),
  'in Base64 after one byte': (secret) => utf8(`:${secret};`).toString('base64'),
  'in Base64 after two bytes': (secret) => utf8(`a:${secret};`).toString('base64'),
  'in Base64 of user and password': (secret) => `Basic ${utf8(`user:${secret}`).toString('base64')}`,
  'in Base64 that follows other letters': (secret) => `x/${utf8(secret).toString('base64')}`,
  'in Base64 in lines': (secret) => utf8(`user:${secret}`).toString('base64').replace(/.{20}/g, '$&\r\n'),
  'in Base64 in an address': (secret) => percent(utf8(`user:${secret}`).toString('base64')),
};

describe('a secret', () => {
  for (const [where, write] of Object.entries(FORMS)) {
    it(`is found ${where}`, () => {
      const secrets = new SecretRegistry();
      secrets.add(TRICKY);
      const text = write(TRICKY);
      const empty = write('').length;

      const redacted = secrets.redact(`before ${text} after`);

      expect(redacted).to.match(/^before .*\*{8}.* after$/s);
      // Only the surrounding text remains, and digits that the secret shares with its neighbours.
      expect(redacted.length - 'before ******** after'.length).to.be.at.most(empty + 12);
    });
  }

  it('is found in both Unicode normal forms', () => {
    const secrets = new SecretRegistry();
    secrets.add('pa\u0308ss-wörd-1');
    secrets.add('\u00e9clair-2000');
    expect(secrets.redact('päss-wo\u0308rd-1'.normalize('NFC'))).to.equal('********');
    expect(secrets.redact('päss-wörd-1'.normalize('NFD'))).to.equal('********');
    expect(secrets.redact('éclair-2000'.normalize('NFD'))).to.equal('********');
  });

  it('is found without surrounding spaces', () => {
    const secrets = new SecretRegistry();
    secrets.add(' plum-x\n');
    expect(secrets.redact('<plum-x>')).to.equal('<********>');
  });

  it('is found line by line', () => {
    const key = '-----BEGIN KEY-----\nMIIEpAIBAAKC\r\nAQEA75zb\n-----END KEY-----';
    for (const value of [key, json(key)]) {
      const secrets = new SecretRegistry();
      secrets.add(value);
      expect(secrets.redact('12:04 | AQEA75zb')).to.equal('12:04 | ********');
      expect(secrets.redact('-----BEGIN KEY----- of another')).to.equal('-----BEGIN KEY----- of another');
    }
  });

  it('is found with either kind of line ends', () => {
    const [unix, windows] = ['a1b2\nc3d4', 'a1b2\r\nc3d4'];
    const bytes = (text: string) => eachByte(text, (byte) => `\\x${byte}`);
    for (const [secret, text] of [
      [unix, windows],
      [windows, unix],
      [windows, bytes(windows)],
      [unix, bytes(windows)],
      [windows, json(windows)],
      [windows, percent(windows)],
    ] as const) {
      const secrets = new SecretRegistry();
      secrets.add(secret);
      expect(secrets.redact(text), text).to.equal('********');
    }
  });

  it('is found with quotes written as bytes', () => {
    for (const [secret, text] of [
      ['a1""b2', 'a1\\x22\\x22b2'],
      ['a1""b2', 'a1\\u0022\\u0022b2'],
      ['a1""b2', 'a1%22%22b2'],
      [`a1"'b2`, 'a1\\x22\\x27b2'],
      ["a1'b2'c3", "a1\\x27b2'c3"],
    ] as const) {
      const secrets = new SecretRegistry();
      secrets.add(secret);
      expect(secrets.redact(text), text).to.equal('********');
    }
  });

  it('is found with escapes directly before and after it', () => {
    const secrets = new SecretRegistry();
    secrets.add('n3w"p4ss');
    for (const text of [
      '\\tn3w\\"p4ss\\n',
      'C:\\n3w"p4ss\\',
      '%0An3w%22p4ss%0A',
      '&lt;n3w&quot;p4ss&gt;',
      '""n3w"p4ss""',
    ])
      expect(secrets.redact(text), text).to.match(/^.{0,5}\*{8}.{0,5}$/);
  });

  it('is found if it looks escaped itself', () => {
    for (const secret of ['100%41pure%', 'a\\nb\\x41c', '&lt;b&gt;ld', '"""three"""', 'C:\\temp\\u0041']) {
      const secrets = new SecretRegistry();
      secrets.add(secret);
      for (const text of [secret, json(secret), json(json(secret)), percent(secret), html(secret)])
        expect(secrets.redact(`a ${text} b`), text).to.match(/^a .{0,2}\*{8}.{0,2} b$/);
    }
  });

  it('leaves no secret in any text', () => {
    const secret = fc.string({ minLength: 4, maxLength: 24, unit: 'grapheme-composite' }).filter(isHidden);
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
        const secrets = new SecretRegistry();
        secrets.add(value);
        expect(secrets.redact(`${before}${value}${after}`)).to.not.include(value);
      }),
    );
  });

  it('leaves no secret in any JSON, address or Base64', () => {
    const secret = fc.string({ minLength: 8, maxLength: 24, unit: 'grapheme' }).filter(isHidden);
    const writers = fc.constantFrom<(value: string) => string>(
      json,
      (value) => json(json(value)),
      (value) => asciiOnly(json(value)),
      percent,
      html,
      (value) => utf8(`:${value}`).toString('base64'),
      (value) => utf8(value).toString('hex'),
    );
    fc.assert(
      fc.property(secret, writers, (value, write) => {
        const secrets = new SecretRegistry();
        secrets.add(value);
        const text = write(value);
        expect(secrets.redact(`"${text}"`))
          .to.include('********')
          .and.not.include(text);
      }),
    );
  });
});

/** Returns whether a value is redacted at any position. */
function isHidden(value: string): boolean {
  const isWord = /^[\p{L}\p{N}_]{0,11}$/u.test(value) || value.length < 6;
  return !isWord && value.replace(/\s/g, '').length >= 4 && new Set(value).size >= 3 && !value.includes('*');
}
