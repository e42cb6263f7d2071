/** ECS truncates reasons at 1024 characters; longer messages of AWS end with an encoded message. */
const LONGEST = 2_048;
/** Replaces a name that a user chose. */
const NAME = '…';

/** How AWS, its SDKs, Docker and containerd write an HTTP status. `API error (500)` is Docker's. */
const STATUS_PLACES: readonly RegExp[] = [
  /\bstatus ?code:? ?(\d{3})\b/gi,
  /\bHTTP(?:\/\d\.\d)? ?(?:status|code|error|response)?:? ?(\d{3})\b/gi,
  /\bunexpected (?:HTTP )?status(?: code)?:? (\d{3})\b/gi,
  /\bunexpected (?:HTTP )?status\b[^\n]{0,500}?: (\d{3})\b/gi,
  /(?<![\w.:/@-])(\d{3})(?= (?:Bad Request|Unauthorized|Forbidden|Not Found|Too Many Requests|Internal Server Error|Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time-?out)\b)/gi,
];

/** Words before a name. */
const NAMED_BY =
  /^(?:ref|reference|lookup|secret|parameter|bucket|image|tag|container|volume|file|group|role|family)$/i;
/** Slashes in prose. */
const PROSE_WITH_SLASH = /^(?:i\/o|net\/http|stopped\/terminated|conf\/error)$/;
const HOST = /^[\da-z][\da-z-]*(?:\.[\da-z-]+)+$/;
/** An action such as `ecr:BatchGetImage`, or a short resource such as `RESOURCE:CPU`. */
const ACTION = /^(?:[a-z][a-z\d-]*:[A-Z]\w*|[A-Z]+:[A-Z_*]+)$/;

/**
 * Reduces a message of AWS to AWS's own words. Names that users choose (ARNs, image references, hosts, paths, quoted names)
 * become `…`, and an HTTP status becomes `HTTP 403`. Patterns on the result therefore never match an account id, a digest, a
 * port, a tag, or a database name.
 */
export function awsProse(text: string): string {
  let prose = text
    .slice(0, LONGEST)
    .replace(/[\u2018\u2019\u201b`]/g, "'")
    .replace(/\bb'/g, ' ')
    .replace(/\bmount\.nfs4?\b/g, 'mount nfs')
    .replace(/\bexec: "[^"]*"/g, `exec: ${NAME}`);
  for (const place of STATUS_PLACES) prose = prose.replace(place, 'HTTP $1 ');
  return prose
    .replace(/(?<!\w)(["'])[^"'\s]+\1/g, NAME)
    .split('\n')
    .map(proseOfLine)
    .join('\n');
}

function proseOfLine(line: string): string {
  const words = line.split(/[ \t\r]+/);
  return words.map((word, index) => proseOfWord(word, words[index - 1] ?? '', words[index - 2] ?? '')).join(' ');
}

function proseOfWord(word: string, before: string, twoBefore: string): string {
  const [, opening = '', core = '', closing = ''] = /^([("[{<=]*)(.*?)([)"\]}>.,:;!?']*)$/.exec(word) ?? [];
  if (core === '' || core === NAME) return word;
  return isName(core, closing, before, twoBefore) ? `${opening}${NAME}${closing}` : word;
}

function isName(core: string, closing: string, before: string, twoBefore: string): boolean {
  if (NAMED_BY.test(before) && /[:,]/.test(closing)) return true;
  if (before === 'for' && /^(?:denied|manifest)$/.test(twoBefore)) return true;
  if (before === 'name' && twoBefore === 'with') return true;
  if (core.includes('/')) return !PROSE_WITH_SLASH.test(core);
  if (core.includes(':')) return !ACTION.test(core);
  return core.includes('@') || HOST.test(core) || /\w[-_]\w/.test(core) || /^(?:\d{4,}|[\da-f]{12,})$/.test(core);
}
