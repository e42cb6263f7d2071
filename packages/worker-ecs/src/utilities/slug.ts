import { HTML_ENTITIES } from './html-entities.js';

const QUOTES = /'+/g;
const NUMBERS_WITH_COMMAS = /(?<=\d),(?=\d)/g;
const NOT_IN_TAG = /[^a-zA-Z0-9_./=+:@-]+/g;
const NOT_IN_NAME = /[^a-zA-Z0-9]+/g;

/**
 * Converts a key or value of a tag to the characters that AWS allows, as Prefect's ECS worker does: quotes become `-`,
 * compatibility forms are folded, entities decoded, commas within numbers dropped, everything else outside `a-z A-Z 0-9
 * _ . / = + : @ -` becomes `-`; runs of `-` collapse and are trimmed.
 */
export function slugifyTag(text: string): string {
  return slugify(text, (part) => part.normalize('NFKC'), NOT_IN_TAG);
}

/** Converts a name for the id of a resource: lower-case Latin letters and digits, everything else becomes `-`. */
export function slugifyName(text: string): string {
  return slugify(text, withLatinLetters, NOT_IN_NAME).toLowerCase();
}

function slugify(text: string, fold: (part: string) => string, notAllowed: RegExp): string {
  return fold(decodeEntities(fold(text.replace(QUOTES, '-'))))
    .replace(QUOTES, '')
    .replace(NUMBERS_WITH_COMMAS, '')
    .replace(notAllowed, '-')
    .replace(/-{2,}/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** Letters without a decomposition to a plain one. */
const PLAIN_LETTERS: ReadonlyMap<string, string> = new Map(
  'ß:ss æ:ae œ:oe ø:o ł:l đ:d ð:d þ:th ħ:h ŧ:t ŋ:ng ı:i'.split(' ').map((pair) => pair.split(':') as [string, string]),
);

function withLatinLetters(text: string): string {
  const plain = text.replace(/\p{L}/gu, (letter) => PLAIN_LETTERS.get(letter.toLowerCase()) ?? letter);
  return plain.normalize('NFKD').replace(/\p{M}+/gu, '');
}

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  const named = text.replace(/&([A-Za-z]+\d*);/g, (whole, name: string) => {
    const codePoint = HTML_ENTITIES.get(name);
    return codePoint === undefined ? whole : String.fromCodePoint(codePoint);
  });
  const decimal = decodeNumbered(named, /&#(\d+);/g, 10);
  return decodeNumbered(decimal, /&#x([\da-fA-F]+);/g, 16);
}

/** Returns all numbers in a notation, or none if one of them is not a character. */
function decodeNumbered(text: string, notation: RegExp, radix: number): string {
  const codePoints = [...text.matchAll(notation)].map(([, digits = '']) => Number.parseInt(digits, radix));
  if (codePoints.some((codePoint) => codePoint > 0x10ffff)) return text;
  return text.replace(notation, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, radix)));
}
