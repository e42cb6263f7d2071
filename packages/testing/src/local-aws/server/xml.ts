const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/**
 * Returns the elements of a value: members become child elements, lists repeat `itemName` inside their element (`item`
 * for EC2, `member` for STS), absent members are omitted.
 */
export function toXml(value: unknown, itemName: string): string {
  if (Array.isArray(value))
    return value.map((entry) => `<${itemName}>${toXml(entry, itemName)}</${itemName}>`).join('');
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, member]) => member !== undefined && member !== null)
      .map(([name, member]) => `<${name}>${toXml(member, itemName)}</${name}>`)
      .join('');
  }
  return escapeXml(String(value));
}
