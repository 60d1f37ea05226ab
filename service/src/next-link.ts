/**
 * Makes the `Link` header that leads to the next page (RFC 8288).
 * @param url the request's target, with its query
 * @param cursor where the next page starts, opaque
 * @returns `<target?...&cursor=...>; rel="next"`: the same request with another cursor
 */
export function nextLink(url: string, cursor: string): string {
  const [path, query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `<${path}?${parameters}>; rel="next"`;
}
