// A client of IMAP that costs little: it waits for the end of an answer, and looks into it only
// where it is asked to.
import { connect, type Socket } from 'node:net'

export interface Address {
  readonly port: number
  readonly user: string
}

/** No last line is longer. */
const tailBytes = 2048

export class ImapClient {
  readonly #socket: Socket
  #parts: Buffer[] = []
  #tail = Buffer.alloc(0)
  #waiting: { readonly text: string; readonly done: () => void } | undefined
  #tags = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true).on('data', (part: Buffer) => this.#hear(part))
  }

  static async open({ port, user }: Address): Promise<ImapClient> {
    const client = new ImapClient(connect(port, '127.0.0.1'))
    await client.until('* OK')
    await client.run(`LOGIN ${user} amplop`)
    return client
  }

  /** The answer to a command. @throws Error when it is not OK */
  async run(command: string | readonly (string | Buffer)[]): Promise<Buffer> {
    const tag = `bt${this.#tags++}`
    this.send([`${tag} `, ...(typeof command === 'string' ? [command] : command), '\r\n'])
    const answer = await this.until(`${tag} `)
    const line = answer.toString('latin1', answer.lastIndexOf(`${tag} `))
    if (!line.startsWith(`${tag} OK`)) throw new Error(`${String(command).slice(0, 80)}: ${line}`)
    return answer
  }

  send(pieces: readonly (string | Buffer)[]): void {
    this.#socket.cork()
    for (const piece of pieces) this.#socket.write(piece)
    this.#socket.uncork()
  }

  /** All that came until these words are in its end. */
  until(text: string): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const closed = () => reject(new Error(`closed before ${text}`))
      const done = () => {
        this.#socket.off('close', closed)
        const all = Buffer.concat(this.#parts)
        this.#parts = []
        this.#tail = Buffer.alloc(0)
        this.#waiting = undefined
        resolve(all)
      }
      this.#socket.once('close', closed)
      this.#waiting = { text, done }
      if (this.#tail.includes(text)) done()
    })
  }

  async close(): Promise<void> {
    this.send(['bye LOGOUT\r\n'])
    await new Promise((resolve) => this.#socket.once('close', resolve))
  }

  drop(): void {
    this.#socket.destroy()
  }

  #hear(part: Buffer): void {
    this.#parts.push(part)
    this.#tail = Buffer.concat([this.#tail, part.subarray(-tailBytes)]).subarray(-tailBytes)
    if (this.#waiting && this.#tail.includes(this.#waiting.text)) this.#waiting.done()
  }
}
