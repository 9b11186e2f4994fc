// Strings as IMAP writes them, RFC 9051 §4.3: quoted where that can be, else as literals. In and
// out are Latin-1 strings, a character a byte. Pure.

const quotable = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/
const escapable = /^[\t\x20-\x7e]*$/
const quotedMaxChars = 4096

/** A string of bytes. NUL cannot be said in either form, and is left out. */
export function imapString(raw: string): string {
  const short = raw.length <= quotedMaxChars
  if (short && quotable.test(raw)) return `"${raw}"`
  if (short && escapable.test(raw)) return `"${raw.replace(/["\\]/g, '\\$&')}"`
  const bytes = raw.replaceAll('\0', '')
  return `{${bytes.length}}\r\n${bytes}`
}

/** A string, or NIL for what is not there. */
export function imapNstring(raw: string | undefined): string {
  return raw === undefined ? 'NIL' : imapString(raw)
}
