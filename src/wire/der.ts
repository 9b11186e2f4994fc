// Writes DER (X.690), as much of it as certificates and requests for them need; reads none.

export function tag(kind: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 128) return Buffer.concat([Buffer.of(kind, body.length), body])
  const long = body.length > 0xff
  const length = long
    ? Buffer.of(0x82, body.length >> 8, body.length & 0xff)
    : Buffer.of(0x81, body.length)
  return Buffer.concat([Buffer.of(kind), length, body])
}

export function sequence(...content: readonly Buffer[]): Buffer {
  return tag(0x30, ...content)
}

export function set(content: Buffer): Buffer {
  return tag(0x31, content)
}

export function oid(first: number, second: number, ...rest: readonly number[]): Buffer {
  const bytes = [first * 40 + second]
  for (const part of rest) {
    const septets = [part & 127]
    for (let left = part >> 7; left > 0; left >>= 7) septets.unshift((left & 127) | 128)
    bytes.push(...septets)
  }
  return tag(0x06, Buffer.from(bytes))
}

/** UTCTime, good until 2049 (RFC 5280 §4.1.2.5.1). */
export function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)
  return tag(0x17, Buffer.from(`${text}Z`))
}

/** Bytes as text between two lines, RFC 7468. */
export function pem(label: string, der: Buffer): string {
  // An empty line before the end, where the last one is full, would make it unreadable.
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
