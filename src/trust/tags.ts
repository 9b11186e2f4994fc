// Lists of tags, RFC 6376 §3.2: "v=1; a=rsa-sha256". DKIM, ARC and DMARC write theirs this way.

/** By name; undefined where the text is no such list, or has a name twice. */
export type Tags = ReadonlyMap<string, string>

const tagForm = /^[ \t\r\n]*([a-z][a-z0-9_]*)[ \t\r\n]*=([^\x00-\x08\x0b\x0c\x0e-\x1f]*)$/i
const tagsMax = 64

export function readTags(text: string): Tags | undefined {
  const tags = new Map<string, string>()
  const pieces = text.split(';', tagsMax + 1)
  if (pieces.length > tagsMax) return undefined
  for (const [at, piece] of pieces.entries()) {
    if (piece.trim() === '' && at === pieces.length - 1) break
    const [, name = '', value = ''] = tagForm.exec(piece) ?? []
    if (name === '' || tags.has(name)) return undefined
    tags.set(name, value.replace(/\r?\n(?=[ \t])/g, '').trim())
  }
  return tags
}

/** A value in which white space means nothing (RFC 6376 §2.10: base64 and name lists). */
export function unspaced(value: string): string {
  return value.replace(/[ \t\r\n]+/g, '')
}
