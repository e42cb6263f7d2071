import { hexDigit, isDigit, isLetter } from './digits.js';
import { HTML_ENTITIES } from './html-entities.js';
import type { UnitText } from './unit-text.js';
import { pushCodePoint, Utf8Writer } from './utf8-writer.js';

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const HASH = 0x23;
const SEMICOLON = 0x3b;
const LONGEST_NAME = 8;
const LONGEST_NUMBER = 7;
const LAST_CODE_POINT = 0x10ffff;

/**
 * Decodes percent-encoding and HTML character references, also nested ones (`%252F`, `&amp;lt;`). Everything else is
 * unchanged.
 *
 * @returns whether anything was decoded.
 */
export function decodeReferences(source: UnitText, target: UnitText): boolean {
  target.clear();
  const bytes = new Utf8Writer(target);
  let isChanged = false;
  const { units, length } = source;
  for (let at = 0; at < length; ) {
    const unit = units[at] ?? 0;
    if (unit !== PERCENT && unit !== AMPERSAND) {
      if (bytes.isPending) bytes.flush();
      target.push(unit, source.startAt(at), source.endAt(at));
      at += 1;
      continue;
    }
    const next = unit === PERCENT ? writeByte(source, at, bytes) : at;
    if (next === at) bytes.flush();
    const end = unit === AMPERSAND ? writeCharacter(source, at, target) : next;
    if (end > at) {
      isChanged = true;
      at = end;
    } else {
      target.push(unit, source.startAt(at), source.endAt(at));
      at += 1;
    }
  }
  bytes.flush();
  return isChanged;
}

/** Writes the byte that `%XX` encodes; returns its end, or the start if there is none. */
function writeByte(source: UnitText, at: number, bytes: Utf8Writer): number {
  let digits = at + 1;
  while (source.at(digits) === 0x32 && source.at(digits + 1) === 0x35 && byteAt(source, digits + 2) >= 0) digits += 2;
  const byte = byteAt(source, digits);
  if (byte < 0) return at;
  bytes.write(byte, source.startAt(at), source.endAt(digits + 1));
  return digits + 2;
}

function byteAt(source: UnitText, at: number): number {
  const high = hexDigit(source.at(at));
  const low = hexDigit(source.at(at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/** Writes the character that `&…;` encodes; returns its end, or the start if there is none. */
function writeCharacter(source: UnitText, at: number, target: UnitText): number {
  let end = at;
  let code = AMPERSAND;
  while (code === AMPERSAND) {
    const body = end === at ? at + 1 : end;
    const semicolon = endOfBody(source, body);
    const found = semicolon < 0 ? -1 : codePointOf(source.slice(body, semicolon));
    if (found < 0) break;
    code = found;
    end = semicolon + 1;
  }
  if (end > at) pushCodePoint(target, code, source.startAt(at), source.endAt(end - 1));
  return end;
}

/** Returns the position of the semicolon after a name or a number; -1: none nearby. */
function endOfBody(source: UnitText, body: number): number {
  const isNumber = source.at(body) === HASH;
  const longest = isNumber ? LONGEST_NUMBER + 2 : LONGEST_NAME;
  for (let at = isNumber ? body + 1 : body; at <= body + longest; at += 1) {
    const unit = source.at(at);
    if (unit === SEMICOLON) return at;
    if (!isLetter(unit) && !isDigit(unit)) return -1;
  }
  return -1;
}

function codePointOf(body: string): number {
  const [, hex, decimal] = /^#(?:[xX]([\da-fA-F]+)|(\d+))$/.exec(body) ?? [];
  const code = hex === undefined ? Number(decimal ?? HTML_ENTITIES.get(body) ?? -1) : Number.parseInt(hex, 16);
  return code <= LAST_CODE_POINT ? code : -1;
}
