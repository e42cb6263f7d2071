/** User and password before the host of a URL: `http://user:password@host/api`. */
const USERINFO = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i;

const IS_ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Returns the URL without user and password. A text that is not a URL can contain them anywhere before an `@`. */
export function withoutUserinfo(address: string): string {
  if (!IS_ADDRESS.test(address) && address.includes('@')) return `…${address.slice(address.lastIndexOf('@'))}`;
  return address.replace(USERINFO, '$1');
}

/**
 * Returns the URL in a form that is safe to show. If an `@` remains after user and password are removed, a password may contain
 * an unencoded `/`, `?` or `#`, so everything before the `@` is hidden.
 */
export function shownAddress(address: string): string {
  const rest = withoutUserinfo(address);
  return rest.includes('@') ? rest.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[\s\S]*@/i, '$1…@') : rest;
}

/** Returns the parts of a URL that can be a password, as written and decoded. */
export function secretsOfAddress(address: string): readonly string[] {
  const password = /^[a-z][a-z0-9+.-]*:\/\/[^:]*:([\s\S]*)@/i.exec(address)?.[1] ?? '';
  return password === '' ? [] : [...new Set([password, decoded(password)])];
}

/** Returns user and password of a URL, decoded, as `user:password`. Null: it has none. */
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
