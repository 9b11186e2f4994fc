// Where JMAP is found, as other protocols tell it. Knows no server.

/** RFC 9698 §3: over TLS only, at a port that is known. */
export function jmapUrl(name: string, port: number | undefined): string {
  if (!port) return ''
  return `https://${name}${port === 443 ? '' : `:${port}`}/.well-known/jmap`
}
