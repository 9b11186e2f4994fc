// A filter for tests: it writes down every byte it is told and answers as its script says.
import { createServer, type Socket } from 'node:net'
import { packet, uint32 } from '../grammar.ts'

export interface Cleanup {
  after(work: () => Promise<void> | void): void
}

/** The answer to a packet: letters and data, or "raw" bytes; none where it keeps silent. */
export type Script = (letter: string, data: Buffer) => readonly (readonly [string, ...Data])[]
type Data = readonly (string | Uint8Array)[]

export interface PeerOptions {
  readonly version?: number
  readonly actions?: number
  readonly flags?: number
  /** Behind the negotiation. */
  readonly macros?: Buffer
  readonly path?: string
}

export interface Peer {
  /** "inet:127.0.0.1:PORT" or "unix:PATH". */
  readonly socket: string
  /** All packets of all connections, as "letter data" with NUL as "|". */
  readonly heard: string[]
  /** The same as they came. */
  readonly bytes: Buffer[]
  readonly connections: () => number
  /** Resolves when no client is connected any more. */
  deserted(): Promise<void>
  script: Script
}

export const goOn: Script = () => [['c']]

export async function openPeer(
  test: Cleanup,
  script: Script = goOn,
  options: PeerOptions = {},
): Promise<Peer> {
  const { version = 6, actions = 0x1ff, flags = 0x400, macros = Buffer.alloc(0), path } = options
  const sockets = new Set<Socket>()
  let count = 0
  let wake = () => {}
  const server = createServer((socket) => {
    count++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      wake()
    })
    let held: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk])
      while (held.length >= 4 && held.length >= 4 + held.readUInt32BE(0)) {
        const whole = held.subarray(0, 4 + held.readUInt32BE(0))
        held = held.subarray(whole.length)
        hear(socket, whole)
      }
    })
  })
  const peer: Peer = {
    socket: '',
    heard: [],
    bytes: [],
    connections: () => count,
    deserted: async () => {
      while (sockets.size > 0) await new Promise<void>((resolve) => (wake = resolve))
    },
    script,
  }
  function hear(socket: Socket, whole: Buffer): void {
    const [letter, data] = [whole.toString('latin1', 4, 5), whole.subarray(5)]
    peer.bytes.push(whole)
    peer.heard.push(`${letter} ${data.toString('latin1').replaceAll('\0', '|')}`)
    if (letter === 'O') socket.write(packet('O', uint32(version, actions, flags), macros))
    else if (letter !== 'D' && letter !== 'A' && letter !== 'Q') answer(socket, letter, data)
  }
  function answer(socket: Socket, letter: string, data: Buffer): void {
    for (const [said, ...rest] of peer.script(letter, data)) {
      const raw = rest.map((part) => Buffer.from(part as Uint8Array))
      socket.write(said === 'raw' ? Buffer.concat(raw) : packet(said, ...rest))
    }
  }
  await new Promise<void>((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve)
    else server.listen(path, resolve)
  })
  test.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  const place = typeof address === 'object' ? `inet:127.0.0.1:${address?.port}` : `unix:${path}`
  return Object.assign(peer, { socket: place })
}
