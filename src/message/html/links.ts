// Where a link of a stranger leads, and whether its text says so. Knows no elements.

const hrefMaxChars = 8_192

/** Of a link: an address that a click may open in a window of its own; undefined otherwise. */
export function linkOf(href: string): URL | undefined {
  if (href.length > hrefMaxChars) return undefined
  const url = URL.parse(href.trim())
  return url && /^(?:https?|mailto|tel):$/.test(url.protocol) ? url : undefined
}

/** Of a picture that is somewhere in the world; undefined for any other. */
export function remoteOf(source: string): URL | undefined {
  if (source.length > hrefMaxChars) return undefined
  // What leaves the scheme out is meant for the web.
  const trimmed = source.trim()
  const url = URL.parse(/^[\\/]{2}/.test(trimmed) ? `https:${trimmed}` : trimmed)
  return url && /^https?:$/.test(url.protocol) ? url : undefined
}

/** A picture that stands in the text itself, of a kind that is nothing but a picture. */
export function isDataPicture(source: string): boolean {
  return /^data:image\/(?:png|jpeg|gif|webp);base64,[a-z0-9+/=\s]*$/i.test(source.trim())
}

/**
 * The host that a link's text names, where that is another one than the link leads to.
 * @param text what a reader sees of it
 */
export function otherHost(text: string, url: URL): boolean {
  if (!/^https?:$/.test(url.protocol)) return false
  const named = /^\s*(?:https?:\/\/)?((?:[\p{L}\p{N}-]+\.)+[\p{L}]{2,})(?:[:/?#]\S*)?\s*$/iu.exec(
    text,
  )
  if (!named?.[1]) return false
  const said = URL.parse(`https://${named[1]}`)?.hostname ?? named[1]
  const real = bare(url.hostname)
  const shown = bare(said)
  return real !== shown && !real.endsWith(`.${shown}`)
}

function bare(host: string): string {
  return host.toLowerCase().replace(/^www\./, '')
}
