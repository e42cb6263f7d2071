import { isCommonWord } from './search/common-words.js';
import { GRAM_LENGTH } from './search/pattern-automaton.js';
import { TokenShape } from './search/word-shapes.js';
import { unescaped } from './text/unescape.js';

/** A text to be searched for. */
export interface SecretPattern {
  readonly text: string;
  /** Number of units after which a beginning counts as the whole. */
  readonly firstEnd: number;
}

const SHORTEST_LINE = 8;
const SHORTEST_CUT_TOKEN = 12;
/** Prefix of a token that already reveals it. */
const CUT_TOKEN_PART = 0.75;
const FEWEST_CHARACTERS = 4;
const FEWEST_OF_RULER = 3;
const BEYOND_ASCII = /[\u0080-\uffff]/;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/**
 * Returns the texts to search for so that a secret is found in any form: the secret, each of its lines and both of its Unicode
 * normal forms, each plain and unescaped. Encoded forms need no patterns, because texts are decoded before the search. Empty if
 * the secret is too short or too common to be redacted.
 */
export function patternsOf(secret: string): readonly SecretPattern[] {
  const texts = new Set<string>();
  for (const part of [secret, secret.trim(), ...linesOf(secret), ...linesOf(unescaped(secret))])
    for (const form of normalFormsOf(part)) {
      texts.add(form);
      const plain = unescaped(form);
      texts.add(plain);
      // Web forms encode a space as a plus sign.
      if (plain.includes(' ')) texts.add(plain.replaceAll(' ', '+'));
    }
  return [...texts].filter(isWorthHiding).map((text) => ({ text, firstEnd: firstEndOf(text) }));
}

/** Returns the lines of a multi-line secret, because each can occur alone, except frames such as `-----BEGIN …`. */
function linesOf(secret: string): readonly string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return lines.length < 2 ? [] : lines.filter((line) => line.length >= SHORTEST_LINE && !line.startsWith('-----'));
}

function normalFormsOf(text: string): readonly string[] {
  return BEYOND_ASCII.test(text) ? [text, text.normalize('NFC'), text.normalize('NFD')] : [text];
}

/** Returns whether texts stay readable when this is redacted: not for short texts, common words and rules of dashes. */
function isWorthHiding(text: string): boolean {
  if (text.length < GRAM_LENGTH || text.replace(/\s/g, '').length < FEWEST_CHARACTERS || isCommonWord(text.trim()))
    return false;
  return LETTER_OR_DIGIT.test(text) || new Set(text).size >= FEWEST_OF_RULER;
}

function firstEndOf(text: string): number {
  const shape = new TokenShape();
  const atLeast = Math.max(SHORTEST_CUT_TOKEN, Math.ceil(text.length * CUT_TOKEN_PART));
  for (let at = 0; at < text.length; at += 1) {
    shape.add(text.charCodeAt(at));
    if (at + 1 >= atLeast && shape.isToken) return at + 1;
  }
  return text.length;
}
