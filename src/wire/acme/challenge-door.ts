// Stands before a TLS server while an authority is expected (RFC 8737 §4): who comes for the proof
// is shown it and leaves; everybody else goes in as if nobody stood there.
import type { Server, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { readClientHello } from '../client-hello.ts'
import { acmeProtocol, type Challenges } from './challenges.ts'

const helloMaxBytes = 16_384
const helloTimeoutMs = 5_000

/** To be called before anybody is let in, after all that hear of connections are there. */
export function standBefore(server: Server, challenges: Challenges): void {
  const inside = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  const enter = (socket: Socket) => {
    for (const listener of inside) listener.call(server, socket)
  }
  server.on('connection', (socket: Socket) => {
    if (challenges.pending) void look(socket, challenges, enter)
    else enter(socket)
  })
}

async function look(
  socket: Socket,
  challenges: Challenges,
  enter: (socket: Socket) => void,
): Promise<void> {
  const failed = () => socket.destroy()
  socket.on('error', failed)
  const bytes = await firstBytes(socket)
  const hello = readClientHello(bytes)
  const context = hello?.protocols.includes(acmeProtocol)
    ? challenges.contextFor(hello.name)
    : undefined
  if (socket.destroyed) return
  if (bytes.length > 0) socket.unshift(bytes)
  if (!context) {
    socket.off('error', failed)
    enter(socket)
    return
  }
  const secured = new TLSSocket(socket, {
    ...{ isServer: true, secureContext: context, ALPNProtocols: [acmeProtocol] },
  })
  secured.setTimeout(helloTimeoutMs, failed).on('error', failed)
  // RFC 8737 §4: nothing is said; the handshake was the proof.
  secured.on('secure', () => secured.end())
  secured.resume()
}

/** As much as a hello is, or what came in time. */
function firstBytes(socket: Socket): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const end = () => {
      clearTimeout(timer)
      socket.off('data', hear).off('end', end).off('close', end).pause()
      resolve(Buffer.concat(chunks))
    }
    const hear = (chunk: Buffer) => {
      chunks.push(chunk)
      const all = Buffer.concat(chunks)
      const whole = all.length >= 5 && all.length >= 5 + all.readUInt16BE(3)
      if (all[0] !== 22 || whole || all.length > helloMaxBytes) end()
    }
    const timer = setTimeout(end, helloTimeoutMs).unref()
    socket.on('data', hear).on('end', end).on('close', end)
  })
}
