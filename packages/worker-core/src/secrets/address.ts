/** User and password before the host of an address: `http://user:password@host/api`. */
const USERINFO = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i;

const IS_ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Returns the address without user and password. What is no address may hold them anywhere before an `@`. */
export function withoutUserinfo(address: string): string {
  if (!IS_ADDRESS.test(address) && address.includes('@')) return `…${address.slice(address.lastIndexOf('@'))}`;
  return address.replace(USERINFO, '$1');
}

/**
 * Returns the address as it may be shown. An `@` that is left without user and password may follow a password with a `/`,
 * `?` or `#` that was not encoded, so what stands before it is not shown.
 */
export function shownAddress(address: string): string {
  const rest = withoutUserinfo(address);
  return rest.includes('@') ? rest.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[\s\S]*@/i, '$1…@') : rest;
}

/** Returns what of an address may be a password, as written and decoded. */
export function secretsOfAddress(address: string): readonly string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^:]*:([\s\S]*)@/i.exec(address)?.[1] ?? '';
  return password === '' ? [] : [...new Set([password, decoded(password)])];
}

/** Returns user and password of an address, decoded, as `user:password`. Null: it has none. */
export function userinfoOf(address: string): string | null {
  const userinfo = USERINFO.exec(address)?.[2];
  if (!userinfo) return null;
  const [, user = '', password = ''] = /^([^:]*):?([\s\S]*)$/.exec(userinfo) ?? [];
  return `${decoded(user)}:${decoded(password)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
