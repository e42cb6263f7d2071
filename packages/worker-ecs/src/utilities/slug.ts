import { HTML_ENTITIES } from './html-entities.js';

const QUOTES = /'+/g;
const NUMBERS_WITH_COMMAS = /(?<=\d),(?=\d)/g;
const NOT_ALLOWED = /[^a-zA-Z0-9_./=+:@-]+/g;

/**
 * One key or value of a tag in the characters AWS allows, as the reference worker writes it: quotes become `-`,
 * compatibility forms are folded, entities decoded, commas within numbers dropped, all else outside
 * `a-z A-Z 0-9 _ . / = + : @ -` becomes `-`; runs of `-` collapse and are trimmed.
 */
export function slugifyTag(text: string): string {
  return decodeEntities(text.replace(QUOTES, '-').normalize('NFKC'))
    .normalize('NFKC')
    .replace(QUOTES, '')
    .replace(NUMBERS_WITH_COMMAS, '')
    .replace(NOT_ALLOWED, '-')
    .replace(/-{2,}/g, '-')
    .replace(/^-+|-+$/g, '');
}

function decodeEntities(text: string): string {
  return text
    .replace(/&([A-Za-z]+\d*);/g, (whole, name: string) => codePoint(whole, HTML_ENTITIES.get(name) ?? Number.NaN))
    .replace(/&#(\d+);/g, (whole, digits: string) => codePoint(whole, Number.parseInt(digits, 10)))
    .replace(/&#x([\da-fA-F]+);/g, (whole, digits: string) => codePoint(whole, Number.parseInt(digits, 16)));
}

function codePoint(whole: string, value: number): string {
  return value >= 0 && value <= 0x10ffff ? String.fromCodePoint(value) : whole;
}
