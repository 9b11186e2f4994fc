// A next hop for tests: it answers by a script, on a real socket, and remembers what it was told.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'

/** What the hop says to the first command that begins so; "" says nothing, "!" hangs up. */
export type Script = Readonly<Record<string, string>>

const obliging: Script = {
  banner: '220 hop.example ESMTP',
  EHLO: '250-hop.example\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250 8BITMIME',
  HELO: '250 hop.example',
  MAIL: '250 2.1.0 Sender OK',
  RCPT: '250 2.1.5 Recipient OK',
  DATA: '354 Go ahead',
  '.': '250 2.0.0 Taken',
  QUIT: '221 2.0.0 Bye',
}

export class ScriptedHop {
  /** Every line that came, in all sessions, outside and inside of texts. */
  readonly lines: string[] = []
  readonly texts: string[] = []
  /** The bytes as they came. */
  raw = ''
  sessions = 0
  readonly #script: Script
  readonly #tls: SecureContext | undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor(script: Script = {}, tls?: SecureContext) {
    this.#script = { ...obliging, ...script }
    this.#tls = tls
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.sessions++
      this.#track(socket)
      this.#serve(socket)
      this.#say(socket, this.#script.banner!)
    })
  }

  async listen(address = '127.0.0.1', port = 0): Promise<number> {
    this.#server.listen(port, address)
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
  }

  #serve(socket: Socket): void {
    let held = ''
    let text: string | undefined
    socket.on('data', (chunk: Buffer) => {
      this.raw += chunk.toString('latin1')
      held += chunk.toString('latin1')
      for (let at = held.indexOf('\r\n'); at >= 0; at = held.indexOf('\r\n')) {
        const line = held.slice(0, at)
        held = held.slice(at + 2)
        this.lines.push(line)
        if (text !== undefined && line !== '.') text += `${line}\r\n`
        else {
          if (text !== undefined) this.texts.push(text)
          text = undefined
          if (this.#answer(socket, line).startsWith('354')) text = ''
        }
      }
    })
  }

  #answer(socket: Socket, line: string): string {
    const key = Object.keys(this.#script)
      .filter((start) => line.toUpperCase().startsWith(start.toUpperCase()))
      .sort((a, b) => b.length - a.length)[0]
    const answer = this.#script[key ?? ''] ?? '500 5.5.1 What?'
    this.#say(socket, answer)
    if (line === 'STARTTLS' && answer.startsWith('220') && this.#tls) {
      socket.removeAllListeners('data')
      const secured = new TLSSocket(socket, { isServer: true, secureContext: this.#tls })
      this.#track(secured)
      this.#serve(secured)
    }
    return answer
  }

  #say(socket: Socket, answer: string): void {
    if (answer === '!') socket.destroy()
    else if (answer.endsWith('!')) socket.end(`${answer.slice(0, -1)}\r\n`)
    else if (answer !== '') socket.write(`${answer}\r\n`)
  }
}
