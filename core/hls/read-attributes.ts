/** `NAME=value`, where a value is quoted or runs to the next comma (RFC 8216 4.2). */
const attribute = /([A-Z0-9-]+)=("[^"]*"|[^",]*)(?:,|$)/g;

/** Reads an attribute list as far as it can be read: what is wrong in it is the strict parser's to say. Quotes are gone. */
export function readAttributes(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name, value] of text.matchAll(attribute)) {
    if (name === undefined || value === undefined || attributes.has(name)) continue;
    attributes.set(name, value.startsWith('"') ? value.slice(1, -1) : value.trim());
  }
  return attributes;
}
