import type { JsonObject, JsonValue } from '@worker-host/core';

/** Writes a response as XML; items of lists are `<item>` elements. */
export function toXml(root: string, content: JsonObject): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${element(root, content)}`;
}

function element(name: string, value: JsonValue): string {
  return `<${name}>${inner(value)}</${name}>`;
}

function inner(value: JsonValue): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.map((item: JsonValue) => element('item', item)).join('');
  if (typeof value === 'object') {
    return Object.entries(value as JsonObject)
      .map(([name, member]) => element(name, member ?? null))
      .join('');
  }
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
