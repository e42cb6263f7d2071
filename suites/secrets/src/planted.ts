/**
 * Secrets of every shape that gives trouble. Each line of each begins with the mark, so that a part of one is found, too.
 */
export const MARK = 'pl4nt3d';

export const PLANTED = {
  plain: `${MARK}-plain`,
  /** Longer than what messages show of a value. */
  long: `${MARK}-${'long'.repeat(60)}`,
  quoted: `${MARK}"quo'te\\back $dollar`,
  lines: `${MARK}-line-one\n${MARK}-line-two\n${MARK}-line-three`,
  accents: `${MARK}-pässwörd-€`,
  address: `${MARK}@h/o?s=t&x y`,
  awsKey: `${MARK}/aws+secret/key`,
  awsToken: `${MARK}/aws+session==token`,
} as const;

/** The shortest text that is kept secret, and a number, neither of which can hold the mark. */
export const SHORT = 'q7_Z';
export const NUMBER = 86753099;

const SIGNS: readonly RegExp[] = [
  new RegExp(MARK),
  new RegExp(Buffer.from(MARK).toString('base64').slice(0, 9)),
  new RegExp(Buffer.from(`user:${MARK}`).toString('base64').slice(0, 14)),
  new RegExp(`${SHORT}|${encodeURIComponent(SHORT)}`),
  new RegExp(String(NUMBER)),
];

/** Where something of a planted secret stands: the words around it. */
export function leaksIn(text: string): readonly string[] {
  return SIGNS.flatMap((sign) => {
    const at = text.search(sign);
    return at < 0 ? [] : [text.slice(Math.max(0, at - 150), at + 80)];
  });
}
