// Files of mail end lines as their system does; on the wire and in mailboxes they end with CRLF.
// RFC 5322 §2.1.
const LF = 10
const CR = 13

/** Every lone LF as CRLF. The same buffer where there is none. */
export function withCrlf(bytes: Buffer): Buffer {
  let lone = 0
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1))
    if (bytes[at - 1] !== CR) lone++
  if (lone === 0) return bytes
  const out = Buffer.allocUnsafe(bytes.length + lone)
  let [from, to] = [0, 0]
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at - 1] === CR) continue
    to += bytes.copy(out, to, from, at)
    to += out.writeUInt16BE(0x0d0a, to) - to
    from = at + 1
  }
  bytes.copy(out, to, from)
  return out
}

/** Every CRLF as LF. */
export function withLf(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length)
  let [from, to] = [0, 0]
  for (let at = bytes.indexOf('\r\n'); at >= 0; at = bytes.indexOf('\r\n', at + 2)) {
    to += bytes.copy(out, to, from, at)
    from = at + 1
  }
  to += bytes.copy(out, to, from)
  return out.subarray(0, to)
}
