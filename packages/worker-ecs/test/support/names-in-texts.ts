/** User-chosen names in the texts of AWS. */
export interface NamesInTexts {
  readonly account: string;
  readonly digest: string;
  readonly name: string;
  readonly port: string;
  readonly tag: string;
}

export const HARMLESS_NAMES: NamesInTexts = {
  account: '111122223333',
  digest: '9a1f6c2ecbd7',
  name: 'etl-worker',
  port: '8443',
  tag: 'latest',
};

/** Names that contain status codes and words by which AWS's own texts are classified. */
export const MISLEADING_NAMES: readonly NamesInTexts[] = [
  { account: '345502117788', digest: '9a1f500cbd403e', name: 'timeout-db', port: '5000', tag: 'v1.503' },
  { account: '140312345678', digest: '4290503a', name: 'efs_mount', port: '5040', tag: '2024.500' },
  {
    account: '404403401500',
    digest: '500502503504',
    name: 'connection-refused.access-denied',
    port: '4030',
    tag: '403',
  },
  { account: '500400300200', digest: 'deadbeef0429', name: 'too-many-requests', port: '5020', tag: 'no-space-left' },
  { account: '111150311111', digest: '0403', name: 'not-authorized-RESOURCE', port: '5030', tag: '1.2.3-i-o-timeout' },
];

/** Inserts names into the placeholders of a text. */
export function named(text: string, names: NamesInTexts): string {
  return text.replace(/\{(account|digest|name|port|tag)\}/g, (_place, key: keyof NamesInTexts) => names[key]);
}
