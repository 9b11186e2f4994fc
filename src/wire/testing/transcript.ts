// Plays a transcript against a server: the readable specification of a protocol, made a test.
//   # prose, with the section that decides     C: sent with CRLF     S: must come back, in order
//   "…" in an S: line stands for anything, $name for a word that is captured and recalled;
//   "␍" and "␊" in a C: line are a CR and a LF of their own; 2C: and 2S: are a second client.
//   Consecutive C: lines of one client are one burst.
import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'

interface Turn {
  readonly client: string
  readonly send: string[]
  readonly expect: string[]
}

/** How a burst is cut into writes. Every transcript must pass in each of these ways. */
export const feeds = {
  'line by line': (burst: string) => burst.split(/(?<=\n)/),
  'in one burst': (burst: string) => [burst],
  'byte by byte': (burst: string) => [...Buffer.from(burst)].map((byte) => Buffer.of(byte)),
} as const

export type Feed = keyof typeof feeds

/** Plays `text`, a client on each connection that `connect` makes. Rejects where it differs. */
export async function playTranscript(
  text: string,
  feed: Feed,
  connect: () => Promise<Duplex>,
): Promise<void> {
  const clients = new Map<string, Player>()
  const names = new Map<string, string>()
  try {
    for (const turn of turnsOf(text)) {
      let client = clients.get(turn.client)
      if (!client) {
        client = new Player(await connect())
        clients.set(turn.client, client)
      }
      const burst = turn.send.map((line) => `${bytes(recall(line, names))}\r\n`).join('')
      for (const part of feeds[feed](burst)) await client.write(part)
      for (const want of turn.expect) {
        const got = await client.line()
        assert.ok(matches(want, got, names), `expected "${want}", got "${got}"`)
      }
    }
    for (const client of clients.values()) assert.equal(await client.rest(), '')
  } finally {
    for (const client of clients.values()) client.end()
  }
}

function turnsOf(text: string): Turn[] {
  const turns: Turn[] = []
  for (const line of text.split('\n')) {
    const match = /^(\d*)([CS]): ?(.*)$/.exec(line)
    if (!match) {
      assert.match(line, /^(#.*)?$/, 'a transcript line is C:, S: or #')
      continue
    }
    const [, client = '', side, said = ''] = match
    const last = turns.at(-1)
    const follows = last?.client === client && (side === 'S' || last.expect.length === 0)
    const turn = follows && last ? last : { client, send: [], expect: [] }
    if (turn !== last) turns.push(turn)
    if (side === 'S') turn.expect.push(said)
    else turn.send.push(said)
  }
  return turns
}

function recall(line: string, names: ReadonlyMap<string, string>): string {
  return line.replace(/\$([a-z]+)/g, (whole, name: string) => names.get(name) ?? whole)
}

function bytes(line: string): string {
  return line.replaceAll('␍', '\r').replaceAll('␊', '\n')
}

function matches(want: string, got: string, names: Map<string, string>): boolean {
  const captured: string[] = []
  const pattern = recall(want, names)
    .split(/(…|\$[a-z]+)/)
    .map((part) => {
      if (part === '…') return '.*'
      if (/^\$[a-z]+$/.test(part)) {
        captured.push(part.slice(1))
        return '(\\S+)'
      }
      return part.replace(/[^\w\s]/g, '\\$&')
    })
  const match = new RegExp(`^${pattern.join('')}$`, 's').exec(got)
  if (!match) return false
  for (const [n, name] of captured.entries()) names.set(name, match[n + 1] ?? '')
  return true
}

const inVainMax = 100

/** A client that reads whole lines and never waits without end. */
export class Player {
  readonly #stream: Duplex
  #held = ''
  #ended = false
  #askedInVain = 0
  #wake: (() => void) | undefined

  constructor(stream: Duplex) {
    this.#stream = stream
    stream.setEncoding('utf8')
    stream.on('data', (part: string) => {
      this.#held += part
      this.#wake?.()
    })
    const ended = () => {
      this.#ended = true
      this.#wake?.()
    }
    stream.on('end', ended).on('close', ended).on('error', ended)
  }

  async write(part: string | Uint8Array): Promise<void> {
    if (this.#ended) return
    await new Promise<void>((resolve) => this.#stream.write(part, () => resolve()))
  }

  /** The next line without its end, or a word on why none came. */
  async line(waitMs = 10_000): Promise<string> {
    while (!this.#held.includes('\n')) {
      if (this.#ended) return this.#closed()
      if (!(await this.#more(waitMs))) return `<nothing in ${waitMs} ms>${this.#held}`
    }
    const at = this.#held.indexOf('\n')
    const line = this.#held.slice(0, at).replace(/\r$/, '')
    this.#held = this.#held.slice(at + 1)
    return line
  }

  /** A whole reply of a protocol with "250-" continuation lines: its lines, joined by LF. */
  async reply(): Promise<string> {
    const lines: string[] = []
    for (;;) {
      const line = await this.line()
      lines.push(line)
      if (!/^\d{3}-/.test(line)) return lines.join('\n')
    }
  }

  /** Says a line and awaits the reply to it. */
  async ask(line: string): Promise<string> {
    await this.write(`${line}\r\n`)
    return this.reply()
  }

  /** Ends our side; whatever else the other side says until it closes. */
  async rest(): Promise<string> {
    this.#stream.end()
    while (!this.#ended && (await this.#more(10_000))) {
      // Until it has closed.
    }
    return this.#held
  }

  end(): void {
    this.#stream.destroy()
  }

  /** Whoever asks on and on hears it from an error: a loop over what is there would never end. */
  #closed(): string {
    this.#askedInVain++
    assert.ok(this.#askedInVain < inVainMax, 'the connection is closed')
    return `<closed>${this.#held}`
  }

  #more(waitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), waitMs)
      this.#wake = () => {
        this.#wake = undefined
        clearTimeout(timer)
        resolve(true)
      }
    })
  }
}
