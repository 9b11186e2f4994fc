// Mailbox names in modified UTF-7, as IMAP servers and Maildirs write them. RFC 3501 §5.1.3.

/** The name as Unicode; what is no modified UTF-7 stays as it is. */
export function fromUtf7(name: string): string {
  return name.replace(/&([A-Za-z0-9+,]*)-/g, (_, encoded: string) => {
    if (encoded === '') return '&'
    const bytes = Buffer.from(encoded.replaceAll(',', '/'), 'base64')
    return bytes
      .subarray(0, bytes.length & ~1)
      .swap16()
      .toString('utf16le')
  })
}

export function toUtf7(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (part) => {
    if (part === '&') return '&-'
    const text = Buffer.from(part, 'utf16le').swap16().toString('base64')
    return `&${text.replaceAll('/', ',').replace(/=+$/, '')}-`
  })
}
