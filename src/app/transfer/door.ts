// The way to the mail of one user of a running server: its admin socket, over few connections that
// stay. Knows no file format.
import { Agent, type IncomingMessage, request } from 'node:http'
import { adminSocket } from '../admin-socket.ts'

/** What the server refused, in its words. */
export class DoorRefused extends Error {
  readonly status: number

  constructor(status: number, text: string) {
    super(text)
    this.status = status
  }
}

export interface BoxInfo {
  readonly id: string
  readonly name: string
  readonly uidValidity: number
  readonly messages: number
}

export interface ListedMessage {
  readonly uid: number
  readonly flags: readonly string[]
  readonly receivedAt: number
  readonly size: number
}

export interface NewMessage {
  readonly bytes: Buffer
  readonly flags: readonly string[]
  readonly receivedAt: number
}

const timeoutMs = 120_000
const attemptsMax = 3

export class Door {
  readonly #socketPath: string
  readonly #user: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 })

  /** `folder` is the server's data folder. */
  constructor(folder: string, user: string) {
    this.#socketPath = adminSocket(folder)
    this.#user = user
  }

  /** @throws DoorRefused, and the system's error where no server runs; as all below. */
  async mailboxes(): Promise<readonly BoxInfo[]> {
    return JSON.parse(`${await this.#ask('GET', '/mail/mailboxes', {})}`)
  }

  /** The mailbox of that role, or else of that name, made where there is none; its id. */
  async mailboxFor(name: string, role: string): Promise<string> {
    const body = Buffer.from(JSON.stringify({ name, role }))
    return JSON.parse(`${await this.#ask('POST', '/mail/mailboxes', {}, body)}`).id
  }

  /** Fingerprints of what a mailbox has, and how often. */
  async known(mailbox: string): Promise<Map<string, number>> {
    const known = new Map<string, number>()
    for await (const print of this.#lines<string>('/mail/known', mailbox))
      known.set(print, (known.get(print) ?? 0) + 1)
    return known
  }

  list(mailbox: string): AsyncGenerator<ListedMessage> {
    return this.#lines('/mail/list', mailbox)
  }

  message(mailbox: string, uid: number): Promise<Buffer> {
    return this.#ask('GET', '/mail/message', { mailbox, uid: `${uid}` })
  }

  /** Puts all of them there, or none; they are on disk when it resolves. */
  async put(mailbox: string, messages: readonly NewMessage[]): Promise<void> {
    const parts = messages.flatMap(({ bytes, flags, receivedAt }) => [
      Buffer.from(`${JSON.stringify({ size: bytes.length, flags, receivedAt })}\n`),
      bytes,
    ])
    await this.#ask('POST', '/mail/messages', { mailbox }, Buffer.concat(parts))
  }

  close(): void {
    this.#agent.destroy()
  }

  async *#lines<T>(path: string, mailbox: string): AsyncGenerator<T> {
    const response = await this.#begin('GET', path, { mailbox })
    response.setEncoding('utf8')
    let held = ''
    for await (const part of response) {
      const lines = (held + part).split('\n')
      held = lines.pop() ?? ''
      for (const line of lines) if (line !== '') yield JSON.parse(line)
    }
    if (!response.complete) throw new Error('the server ended in the middle of its answer')
  }

  async #ask(
    method: 'GET' | 'POST',
    path: string,
    query: Readonly<Record<string, string>>,
    body?: Buffer,
  ): Promise<Buffer> {
    // What is read may be asked for again; what was sent may have arrived.
    for (let attempt = 1; ; attempt++)
      try {
        const parts: Buffer[] = []
        for await (const part of await this.#begin(method, path, query, body)) parts.push(part)
        return Buffer.concat(parts)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (method === 'POST' || code !== 'ECONNRESET' || attempt === attemptsMax) throw error
      }
  }

  async #begin(
    method: 'GET' | 'POST',
    path: string,
    query: Readonly<Record<string, string>>,
    body: Buffer = Buffer.alloc(0),
  ): Promise<IncomingMessage> {
    const target = `${path}?${new URLSearchParams({ user: this.#user, ...query })}`
    const headers = { 'content-length': body.length }
    const options = { socketPath: this.#socketPath, method, path: target, headers }
    const agent = method === 'GET' ? this.#agent : false
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request({ ...options, agent, timeout: timeoutMs }, resolve)
      asked.on('timeout', () => asked.destroy(new Error('the server does not answer')))
      asked.on('error', reject)
      asked.end(body)
    })
    const status = response.statusCode ?? 0
    if (status < 300) return response
    let text = ''
    for await (const part of response.setEncoding('utf8')) text += part
    throw new DoorRefused(status, reasonIn(text) ?? `the server failed (${status})`)
  }
}

function reasonIn(text: string): string | undefined {
  try {
    const { text: told, error } = JSON.parse(text) as { text?: string; error?: string }
    return told ?? error
  } catch {
    return undefined
  }
}
