// Reads a message of one text part as a stranger would, to judge what ours wrote: RFC 5322 fields,
// RFC 2047 words, RFC 2045 encodings, and no code of the house.

export interface ReadMail {
  /** Unfolded, names in lower case, in order. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** The value of the only field of this name, "" where there is none. Throws for several. */
  field(name: string): string
  /** Encoded words decoded. */
  readonly subject: string
  /** Decoded, with LF line ends. */
  readonly body: string
}

export function readMail(bytes: Buffer): ReadMail {
  const end = bytes.indexOf('\r\n\r\n')
  const fields = bytes
    .toString('utf8', 0, end < 0 ? bytes.length : end)
    .replace(/\r\n(?=[ \t])/g, '')
    .split('\r\n')
    .map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
    })
  const field = (name: string) => {
    const found = fields.filter(([known]) => known === name.toLowerCase())
    if (found.length > 1) throw new Error(`${name} stands ${found.length} times`)
    return found[0]?.[1] ?? ''
  }
  const raw = end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4)
  const body = decoded(raw, field('content-transfer-encoding').toLowerCase())
  return {
    fields,
    field,
    subject: words(field('subject')),
    body: body.toString().replaceAll('\r\n', '\n'),
  }
}

function words(text: string): string {
  return text
    .replace(/(\?=)[ \t]+(?==\?)/g, '$1')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      (kind.toLowerCase() === 'b'
        ? Buffer.from(word, 'base64')
        : quoted(word.replaceAll('_', ' '))
      ).toString(),
    )
}

function decoded(raw: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(raw.toString('latin1'), 'base64')
  if (encoding !== 'quoted-printable') return raw
  return quoted(raw.toString('latin1').replace(/=\r\n/g, ''))
}

function quoted(text: string): Buffer {
  const hex = /=([0-9A-F]{2})/gi
  return Buffer.from(
    text.replace(hex, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    'latin1',
  )
}
