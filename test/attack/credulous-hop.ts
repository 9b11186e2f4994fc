// The next hop that smuggling is made for: it takes CRLF, LF or CR for the end of a line, and so
// every line of one dot for the end of a text. It keeps all that it believes to have heard.

import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'

export interface HopWays {
  readonly lmtp?: boolean
  /** What it offers after EHLO. */
  readonly offers: readonly string[]
}

export class CredulousHop {
  readonly commands: string[] = []
  readonly texts: string[] = []
  /** Connections that were made. */
  sessions = 0
  readonly #ways: HopWays
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(ways: HopWays) {
    this.#ways = ways
    this.#server = createServer((socket) => this.#meet(socket))
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, '127.0.0.1', () =>
        resolve((this.#server.address() as AddressInfo).port),
      )
    })
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }

  /** One session in which a client says all this at once. */
  overheard(all: string, say: (reply: string) => void): void {
    new HopSession(this.#ways, this, say).hear(all)
  }

  #meet(socket: Socket): void {
    this.sessions++
    this.#sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => this.#sockets.delete(socket))
    const session = new HopSession(this.#ways, this, (reply) => socket.write(`${reply}\r\n`))
    socket.setEncoding('latin1')
    socket.on('data', (part: string) => session.hear(part))
    socket.write('220 hop.example ESMTP\r\n')
  }
}

class HopSession {
  readonly #ways: HopWays
  readonly #hop: CredulousHop
  readonly #say: (reply: string) => void
  #held = ''
  #text: string[] | undefined
  #recipients = 0
  /** Bytes of a chunk that are still to come. */
  #chunk = 0
  #chunks = ''
  #last = false

  constructor(ways: HopWays, hop: CredulousHop, say: (reply: string) => void) {
    this.#ways = ways
    this.#hop = hop
    this.#say = say
  }

  hear(part: string): void {
    this.#held += part
    for (;;) {
      if (this.#chunk > 0 || this.#last) {
        if (!this.#takeChunk()) return
        continue
      }
      const line = /^([^\r\n]*)(\r\n|\n|\r(?=[^\n]))/.exec(this.#held)
      if (!line) return
      this.#held = this.#held.slice(line[0].length)
      this.#line(line[1]!)
    }
  }

  /** False while there is more to come. */
  #takeChunk(): boolean {
    const some = this.#held.slice(0, this.#chunk)
    this.#held = this.#held.slice(some.length)
    this.#chunks += some
    this.#chunk -= some.length
    if (this.#chunk > 0) return false
    if (this.#last) this.#end(this.#chunks, 1)
    else this.#say('250 2.0.0 more')
    this.#last = false
    return true
  }

  #line(line: string): void {
    if (!this.#text) this.#command(line)
    else if (line !== '.') this.#text.push(line.replace(/^\./, ''))
    else {
      const text = this.#text.join('\r\n')
      this.#text = undefined
      this.#end(text, this.#ways.lmtp ? this.#recipients : 1)
    }
  }

  #end(text: string, replies: number): void {
    this.#hop.texts.push(text)
    this.#recipients = 0
    this.#chunks = ''
    for (let n = 0; n < replies; n++) this.#say('250 2.0.0 taken')
  }

  #command(line: string): void {
    this.#hop.commands.push(line)
    const word = line.split(' ')[0]!.toUpperCase()
    if (word === 'RCPT') this.#recipients++
    if (word === 'DATA') this.#text = []
    if (word === 'BDAT') this.#begin(line)
    else this.#say(this.#answer(word))
  }

  #begin(line: string): void {
    const [, size = '0', last] = line.split(' ')
    this.#chunk = Number(size)
    this.#last = last === 'LAST'
  }

  #answer(word: string): string {
    if (word === 'DATA') return '354 go'
    if (word !== 'EHLO' && word !== 'LHLO') return '250 2.0.0 yes'
    const lines = ['hop.example', ...this.#ways.offers]
    const last = lines.length - 1
    return lines.map((each, n) => `250${n < last ? '-' : ' '}${each}`).join('\r\n')
  }
}
