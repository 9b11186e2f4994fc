// The servers of a small world: some take everything, others are slow, down for a while, greylist,
// fail at any stage, or hang up after the dot. Each remembers what it has taken.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

export type Kind =
  | 'obliging'
  | 'slow'
  | 'down'
  | 'greylisting'
  | 'failing'
  | 'hanging-up'
  | 'refusing'

const kinds: readonly Kind[] = [
  ...(['obliging', 'slow', 'down', 'greylisting', 'failing', 'hanging-up', 'refusing'] as const),
]

/** One time that a message was taken whole. */
export interface Taking {
  readonly at: number
  /** The client was told 250. */
  answered: boolean
}

interface Session {
  from: boolean
  to: string
  text: string | undefined
}

export class Destination {
  readonly domain: string
  readonly kind: Kind
  /** By recipient. */
  readonly taken = new Map<string, Taking[]>()
  readonly texts: string[] = []
  readonly #keepTexts: boolean
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #met = new Set<string>()
  #port = 0
  #count = 0

  constructor(domain: string, n: number, keepTexts = false) {
    this.domain = domain
    this.kind = keepTexts ? 'obliging' : (kinds[n % kinds.length] ?? 'obliging')
    this.#keepTexts = keepTexts
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket))
  }

  get route(): string {
    return `to=${this.domain} via=127.0.0.1:${this.#port} tls=none`
  }

  async open(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    const session = { from: false, to: '', text: undefined as string | undefined }
    let held = ''
    socket.write(`220 ${this.domain} ESMTP\r\n`)
    socket.on('data', (chunk: Buffer) => {
      held += chunk.toString('latin1')
      for (let at = held.indexOf('\r\n'); at >= 0; at = held.indexOf('\r\n')) {
        const line = held.slice(0, at)
        held = held.slice(at + 2)
        if (session.text !== undefined && line !== '.') session.text += `${line}\n`
        else this.#hear(socket, line, session)
      }
    })
  }

  #hear(socket: Socket, line: string, session: Session): void {
    const say = (reply: string) => {
      if (!socket.destroyed) socket.write(`${reply}\r\n`)
    }
    if (line === '.') {
      const text = session.text ?? ''
      session.text = undefined
      this.#take(socket, session.to, text)
      session.to = ''
      session.from = false
      return
    }
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'QUIT') socket.end('221 2.0.0 Bye\r\n')
    else if (verb === 'EHLO') say(`250-${this.domain}\r\n250 PIPELINING`)
    else if (verb === 'RCPT') {
      const to = /<(.*)>/.exec(line)?.[1] ?? ''
      const reply = session.from ? this.#rcpt(to) : '503 5.5.1 No sender'
      session.to = reply.startsWith('250') ? to : ''
      say(reply)
    } else if (verb === 'DATA' && session.to === '') say('503 5.5.1 No recipient')
    else if (this.#fails()) {
      if (verb === 'MAIL') session.from = false
      say('451 4.3.0 Not now')
    } else if (verb === 'DATA') {
      session.text = ''
      say('354 Go ahead')
    } else {
      if (verb === 'MAIL') session.from = true
      say('250 2.0.0 OK')
    }
  }

  #rcpt(to: string): string {
    if (this.kind === 'refusing') return '550 5.1.1 No such user'
    if (this.kind === 'greylisting' && !this.#met.has(to)) {
      this.#met.add(to)
      return '451 4.7.1 Greylisted'
    }
    return this.#fails() ? '451 4.3.0 Not now' : '250 2.1.5 OK'
  }

  /** Every 13th time, at whatever stage that is. */
  #fails(): boolean {
    return this.kind === 'failing' && ++this.#count % 13 === 0
  }

  #take(socket: Socket, to: string, text: string): void {
    if (this.#fails()) {
      if (!socket.destroyed) socket.write('451 4.3.0 Not now\r\n')
      return
    }
    const taking: Taking = { at: Date.now(), answered: false }
    this.taken.set(to, [...(this.taken.get(to) ?? []), taking])
    if (this.#keepTexts) this.texts.push(text)
    if (this.kind === 'hanging-up' && ++this.#count % 10 === 0) {
      socket.destroy()
      return
    }
    const answer = () => {
      if (socket.destroyed) return
      taking.answered = true
      socket.write('250 2.0.0 Taken\r\n')
    }
    if (this.kind === 'slow') setTimeout(answer, 50)
    else answer()
  }
}
