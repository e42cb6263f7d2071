/** User and password before the host of an address: `http://user:password@host/api`. */
const USERINFO = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i;

const IS_ADDRESS = /^[a-z][a-z0-9+.-]*:\/\//i;

/** Returns the address without user and password. What is no address may hold them anywhere before an `@`. */
export function withoutUserinfo(address: string): string {
  if (!IS_ADDRESS.test(address) && address.includes('@')) return `…${address.slice(address.lastIndexOf('@'))}`;
  return address.replace(USERINFO, '$1');
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
