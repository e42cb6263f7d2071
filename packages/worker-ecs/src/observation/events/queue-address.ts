import { parseArn } from '../../aws/arn.js';

/** Address of a queue: its URL, or its name and what else is known. */
export interface QueueAddress {
  /** Null: it is looked up by name. */
  readonly url: string | null;
  readonly name: string;
  /** Null: the account of the credentials. */
  readonly account: string | null;
  /** Null: the region of the tasks. */
  readonly region: string | null;
}

const NAME = /^[A-Za-z0-9_-]{1,80}$|^[A-Za-z0-9_-]{1,75}\.fifo$/;
const AWS_HOST =
  /^(?:sqs(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)|([a-z0-9-]+)\.queue\.amazonaws\.com)$/;

/** Parses a queue given by name, ARN or URL. Null: it is none of them. */
export function parseQueueAddress(text: string): QueueAddress | null {
  if (NAME.test(text)) return { url: null, name: text, account: null, region: null };
  if (text.startsWith('arn:')) return ofArn(text);
  if (!URL.canParse(text)) return null;
  const { protocol, hostname, pathname } = new URL(text);
  const [account, name, ...rest] = pathname.split('/').filter((part) => part !== '');
  if (!/^https?:$/.test(protocol) || !account || !name || rest.length > 0 || !NAME.test(name)) return null;
  const [, region, legacyRegion] = AWS_HOST.exec(hostname) ?? [];
  return { url: text, name, account, region: region ?? legacyRegion ?? null };
}

function ofArn(text: string): QueueAddress | null {
  const { region, account, resource } = parseArn(text) ?? {};
  if (!/^arn:[^:]+:sqs:/.test(text) || !region || !account || !resource || !NAME.test(resource)) return null;
  return { url: null, name: resource, account, region };
}
