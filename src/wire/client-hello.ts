// What a TLS client says first (RFC 8446 §4.1.2): for whom it came, and what it would speak. Reads
// as much of it as that needs, believes no length, and changes nothing.

export interface ClientHello {
  /** RFC 6066 §3, or "". */
  readonly name: string
  /** RFC 7301 §3.1 */
  readonly protocols: readonly string[]
}

const handshake = 22
const clientHello = 1
const serverName = 0
const alpn = 16

/** undefined where it is none, or not whole. */
export function readClientHello(bytes: Buffer): ClientHello | undefined {
  try {
    return helloIn(bytes)
  } catch {
    // A length that leads beyond the end.
    return undefined
  }
}

function helloIn(bytes: Buffer): ClientHello | undefined {
  if (bytes[0] !== handshake || bytes[5] !== clientHello) return undefined
  // Record, type and length of the message, version, random.
  let at = 5 + 4 + 2 + 32
  at += 1 + bytes.readUInt8(at)
  at += 2 + bytes.readUInt16BE(at)
  at += 1 + bytes.readUInt8(at)
  const end = at + 2 + bytes.readUInt16BE(at)
  if (end > bytes.length) return undefined
  let name = ''
  let protocols: readonly string[] = []
  for (at += 2; at < end; ) {
    const type = bytes.readUInt16BE(at)
    const length = bytes.readUInt16BE(at + 2)
    const body = bytes.subarray(at + 4, at + 4 + length)
    // One list, of one name.
    if (type === serverName) name = body.toString('latin1', 5, 5 + body.readUInt16BE(3))
    if (type === alpn) protocols = namesIn(body)
    at += 4 + length
  }
  return { name, protocols }
}

function namesIn(body: Buffer): readonly string[] {
  const names: string[] = []
  for (let at = 2; at < body.length; ) {
    const length = body.readUInt8(at)
    names.push(body.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return names
}
