// One question to one server, over UDP and where that is not enough over TCP. Knows sockets and
// deadlines; not which server is the next, and not what an answer means.
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { systemWords } from '../../base/system-error.ts'
import { type PacketReply, type Question, readReply } from './packets.ts'

export interface NameServer {
  readonly address: string
  readonly port: number
}

export type Exchanged = PacketReply | { readonly is: 'lost'; readonly why: string }

/** Datagrams that are not ours: more than these are an attempt to guess, and TCP settles it. */
const foreignMax = 20

/** A port of its own for each question, which a forger must guess, too (RFC 5452 §9.2). */
export function askByUdp(
  server: NameServer,
  asked: Question,
  timeoutMs: number,
): Promise<Exchanged> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4')
    let foreign = 0
    const end = (reply: Exchanged) => {
      clearTimeout(timer)
      socket.removeAllListeners().on('error', () => {})
      socket.close()
      resolve(reply)
    }
    const timer = setTimeout(() => end({ is: 'lost', why: 'timed out' }), timeoutMs)
    socket.on('error', (error) => end({ is: 'lost', why: systemWords(error) }))
    socket.on('message', (data) => {
      const reply = readReply(data, asked)
      if (reply.is === 'foreign' && ++foreign < foreignMax) return
      end(reply.is === 'foreign' ? { is: 'truncated' } : reply)
    })
    // Connected, the kernel takes datagrams of this server only, and tells when nobody is there.
    socket.connect(server.port, server.address, () => socket.send(asked.packet))
  })
}

/** RFC 7766 §8: a message of at most 65,535 bytes behind its length. */
export function askByTcp(
  server: NameServer,
  asked: Question,
  timeoutMs: number,
): Promise<Exchanged> {
  return new Promise((resolve) => {
    const socket = connect({ host: server.address, port: server.port, noDelay: true })
    let held: Buffer = Buffer.alloc(0)
    const end = (reply: Exchanged) => {
      clearTimeout(timer)
      socket.removeAllListeners().on('error', () => {})
      socket.destroy()
      resolve(reply)
    }
    const timer = setTimeout(() => end({ is: 'lost', why: 'timed out' }), timeoutMs)
    socket.on('error', (error) => end({ is: 'lost', why: systemWords(error) }))
    socket.on('close', () => end({ is: 'lost', why: 'closed before the answer' }))
    socket.on('data', (chunk: Buffer) => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const length = held.length < 2 ? Number.POSITIVE_INFINITY : held.readUInt16BE(0)
      if (held.length >= length + 2) end(readReply(held.subarray(2, length + 2), asked))
    })
    const head = Buffer.alloc(2)
    head.writeUInt16BE(asked.packet.length)
    socket.write(Buffer.concat([head, asked.packet]))
  })
}
