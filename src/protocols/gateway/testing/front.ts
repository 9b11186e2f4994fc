// A gateway on a real socket for tests, what stands behind it when nothing real is needed, and the
// clients that talk to it.
import { connect, type Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { Ids } from '../../../base/ids.ts'
import { silentLog } from '../../../base/log.ts'
import { loopback, Networks } from '../../../base/networks.ts'
import { type Listener, listen } from '../../../wire/listener.ts'
import { Gateway, type GatewayLimits, type GatewayOptions, gatewayLimits } from '../gateway.ts'
import type { Message, Outlet } from '../outlet.ts'
import { noTokens, type Token, type Tokens } from '../permission.ts'
import { type Answer, summary } from '../replies.ts'
import { busyText, serveGateway } from '../session.ts'

export interface Cleanup {
  after(work: () => unknown): void
}

/** Takes everything, and remembers it; waits where it is told to. */
export class Basket implements Outlet {
  readonly messages: Message[] = []
  readonly #wait: (message: Message) => Promise<unknown>

  constructor(wait: (message: Message) => Promise<unknown> = async () => {}) {
    this.#wait = wait
  }

  async send(message: Message): Promise<Answer> {
    this.messages.push(message)
    await this.#wait(message)
    const sent = { code: 250, status: '2.0.0', text: `Sent ${message.submission.subject}` }
    return summary(
      message.id,
      sent,
      message.submission.recipients.map(({ local, domain }) => ({
        ...sent,
        address: `${local}@${domain}`,
      })),
    )
  }
}

export interface FrontOptions extends Partial<Omit<GatewayOptions, 'limits'>> {
  readonly limits?: Partial<GatewayLimits>
  readonly tls?: SecureContext
}

export function newGateway({ limits, tls: _, ...options }: FrontOptions = {}): Gateway {
  return new Gateway({
    outlet: new Basket(),
    trusted: new Networks(loopback),
    tokens: noTokens,
    clearTokens: false,
    serverName: 'mail.example.com',
    defaultDomain: 'example.com',
    ids: new Ids(),
    log: silentLog,
    ...options,
    limits: { ...gatewayLimits, ...limits },
  })
}

export async function startFront(t: Cleanup, options: FrontOptions = {}): Promise<Listener> {
  const gateway = newGateway(options)
  const listener = await listen({
    name: 'gateway',
    host: '127.0.0.1',
    port: 0,
    connectionsMax: 1000,
    connectionsPerNeighbourMax: 1000,
    trusted: new Networks(loopback),
    busy: busyText,
    log: silentLog,
    ids: gateway.ids,
    serve: (connection) => serveGateway(gateway, connection),
    ...(options.tls ? { tls: options.tls } : {}),
  })
  t.after(() => listener.close(0))
  return listener
}

export function tokensOf(known: Readonly<Record<string, Partial<Token>>>): Tokens {
  return {
    find: async (secret) =>
      Object.hasOwn(known, secret)
        ? { id: secret, name: secret, senders: [], recipients: [], perMinute: 0, ...known[secret] }
        : undefined,
  }
}

export const letter = { sender: 'a@x.com', recipient: 'b@x.com', subject: 's', body: 't' }

/** One object as the seed's clients write it. */
export function objectOf(more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ...letter, ...more })
}

export interface Heard {
  readonly text: string
  /** The server ended its side; false when it was reset. */
  readonly ended: boolean
  readonly ms: number
}

/** Writes the parts, each by itself, and reads to the server's end, the own side left open. */
export function classic(port: number, ...parts: readonly (string | Uint8Array)[]): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    const heard: Buffer[] = []
    let ended = false
    socket.on('data', (chunk: Buffer) => heard.push(chunk))
    socket.on('end', () => {
      ended = true
      const ms = performance.now() - began
      socket.destroy()
      resolve({ text: Buffer.concat(heard).toString(), ended, ms })
    })
    socket.on('error', (error) => (ended ? undefined : reject(error)))
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer in 10 s')))
    void writeAll(socket, parts)
  })
}

async function writeAll(socket: Socket, parts: readonly (string | Uint8Array)[]): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return
    await new Promise<void>((resolve) => socket.write(part, () => resolve()))
  }
}
