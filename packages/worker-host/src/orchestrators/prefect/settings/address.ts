/** User and password before the host of an address: `http://user:password@host/api`. */
const USERINFO = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@/i;

/** Returns the address without user and password. */
export function withoutUserinfo(address: string): string {
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
