// Mailbox names as IMAP4rev1 writes them: RFC 3501 §5.1.3 modified UTF-7. Pure.

/** A name in modified UTF-7. */
export function toModifiedUtf7(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-'
    const base64 = Buffer.from(run, 'utf16le').swap16().toString('base64')
    return `&${base64.replace(/=+$/, '').replaceAll('/', ',')}-`
  })
}

/** The name that modified UTF-7 stands for; undefined for what is none. */
export function fromModifiedUtf7(text: string): string | undefined {
  if (!text.includes('&')) return text
  if (!/^(?:[^&]|&[A-Za-z0-9+,]*-)*$/.test(text)) return undefined
  let well = true
  const name = text.replace(/&([^-]*)-/g, (_, shifted: string) => {
    if (shifted === '') return '&'
    const bytes = Buffer.from(shifted.replaceAll(',', '/'), 'base64')
    const said = bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : ''
    // RFC 3501 §5.1.3: what can stand for itself must, so that a name is written in one way only.
    if (said === '' || /[\x20-\x7e]/.test(said) || !said.isWellFormed()) well = false
    return said
  })
  return well && toModifiedUtf7(name) === text ? name : undefined
}
