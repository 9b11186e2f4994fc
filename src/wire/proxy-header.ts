// The PROXY protocol, versions 1 and 2: a proxy says, before anything else, for whom it connects.
// Knows the header's two forms; whose word counts is the listener's to decide.
import { isIP, isIPv4, isIPv6, type Socket } from 'node:net'
import { plainAddress } from '../base/networks.ts'

/** Where a client is that somebody else speaks for. */
export interface Origin {
  readonly address: string
  readonly port: number
}

export interface ProxyHeader {
  /** In bytes. */
  readonly length: number
  /** undefined: the proxy speaks for itself, or cannot say for whom. */
  readonly origin: Origin | undefined
}

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const lineStart = Buffer.from('PROXY ')
const lineMaxBytes = 107
/** In version 2 other things may follow the addresses. */
const blockMaxBytes = 4096

/** The header that `bytes` begin with; "more": it may still become one; "bad": it will not. */
export function parseProxyHeader(bytes: Buffer): ProxyHeader | 'more' | 'bad' {
  if (startsLike(bytes, signature)) return parseBlock(bytes)
  return startsLike(bytes, lineStart) ? parseLine(bytes) : 'bad'
}

function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length)
  return bytes.subarray(0, length).equals(start.subarray(0, length))
}

function parseLine(bytes: Buffer): ProxyHeader | 'more' | 'bad' {
  const end = bytes.subarray(0, lineMaxBytes).indexOf('\r\n')
  if (end < 0) return bytes.length < lineMaxBytes ? 'more' : 'bad'
  const words = bytes.toString('latin1', 0, end).split(' ')
  const length = end + 2
  if (words[1] === 'UNKNOWN') return { length, origin: undefined }
  const [, family, address = '', to = '', port = '', toPort = ''] = words
  const fits = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : undefined
  const whole = words.length === 6 && [port, toPort].every((each) => /^\d{1,5}$/.test(each))
  if (!whole || !fits?.(address) || !fits(to) || Number(port) > 65_535) return 'bad'
  return { length, origin: { address: plainAddress(address), port: Number(port) } }
}

function parseBlock(bytes: Buffer): ProxyHeader | 'more' | 'bad' {
  if (bytes.length < 16) return 'more'
  const [version, command] = [bytes[12]! >> 4, bytes[12]! & 15]
  const size = bytes.readUInt16BE(14)
  const length = 16 + size
  if (version !== 2 || command > 1 || length > blockMaxBytes) return 'bad'
  if (bytes.length < length) return 'more'
  const family = bytes[13]
  if (command === 1 && family === 0x11 && size >= 12)
    return {
      length,
      origin: { address: ipv4(bytes.subarray(16, 20)), port: bytes.readUInt16BE(24) },
    }
  if (command === 1 && family === 0x21 && size >= 36)
    return {
      length,
      origin: { address: ipv6(bytes.subarray(16, 32)), port: bytes.readUInt16BE(48) },
    }
  // LOCAL, or a client that is at no TCP address.
  return command === 1 && (family === 0x11 || family === 0x21)
    ? 'bad'
    : { length, origin: undefined }
}

function ipv4(bytes: Buffer): string {
  return [...bytes].join('.')
}

function ipv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(2 * n))
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (mapped) return ipv4(bytes.subarray(12))
  const text = groups.map((group) => group.toString(16)).join(':')
  return isIP(text) === 6 ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text
}

/**
 * Takes the header off a socket that nobody reads yet; what follows it stays to be read.
 * @throws Error when none comes in time.
 */
export async function readProxyHeader(
  socket: Socket,
  timeoutMs: number,
): Promise<Origin | undefined> {
  const timer = setTimeout(() => socket.destroy(), timeoutMs)
  timer.unref()
  try {
    let held = read(socket)
    let header = parseProxyHeader(held)
    while (header === 'more') {
      await readable(socket)
      held = Buffer.concat([held, read(socket)])
      header = parseProxyHeader(held)
    }
    if (header === 'bad') throw new Error('no PROXY header')
    const rest = held.subarray(header.length)
    if (rest.length > 0) socket.unshift(rest)
    return header.origin
  } finally {
    clearTimeout(timer)
  }
}

function read(socket: Socket): Buffer {
  return (socket.read() as Buffer | null) ?? Buffer.alloc(0)
}

function readable(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error) => {
      socket.off('readable', ready)
      socket.off('end', ended)
      socket.off('close', ended)
      if (error) reject(error)
      else resolve()
    }
    const ready = () => settle()
    const ended = () => settle(new Error('ended within the PROXY header'))
    socket.on('readable', ready)
    socket.on('end', ended)
    socket.on('close', ended)
  })
}
