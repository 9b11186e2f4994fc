// Source A's client, bare: writes one object, never ends its side, reads to the server's end. As a
// program: classic-client.ts HOST PORT OBJECT, which prints what was heard as JSON.
import { connect, type Socket } from 'node:net'

export interface Heard {
  readonly text: string
  /** The server ended its side; false when it only cut the connection. */
  readonly ended: boolean
  /** From the connection being asked for to the end. */
  readonly ms: number
}

const patienceMs = 10_000

/** Each part goes in a segment of its own. Rejects when the connection fails before an end. */
export function classic(
  to: number | { readonly host: string; readonly port: number },
  ...parts: readonly (string | Uint8Array)[]
): Promise<Heard> {
  const place = typeof to === 'number' ? { host: '127.0.0.1', port: to } : to
  const began = performance.now()
  const socket = connect({ ...place, noDelay: true, allowHalfOpen: true })
  const heard: Buffer[] = []
  return new Promise<Heard>((resolve, reject) => {
    const done = (ended: boolean) => {
      socket.destroy()
      resolve({ text: Buffer.concat(heard).toString(), ended, ms: performance.now() - began })
    }
    socket.on('data', (chunk: Buffer) => heard.push(chunk))
    socket.on('end', () => done(true))
    socket.on('error', reject)
    socket.on('close', () => done(false))
    socket.setTimeout(patienceMs, () => socket.destroy(new Error(`silent for ${patienceMs} ms`)))
    void writeAll(socket, parts)
  })
}

async function writeAll(socket: Socket, parts: readonly (string | Uint8Array)[]): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return
    await new Promise<void>((resolve) => socket.write(part, () => resolve()))
  }
}

if (import.meta.main) {
  const [host = '', port = '', object = ''] = process.argv.slice(2)
  const heard = await classic({ host, port: Number(port) }, object).catch((error: Error) => ({
    error: error.message,
  }))
  console.log(JSON.stringify(heard))
}
