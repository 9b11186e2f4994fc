// Clients of the soak: sessions that send, err and vanish as they please, and keep books of what
// they were told. Knows SMTP's dialogue, not the server.
import { connect, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** What the clients know to have happened; the server's books must say the same. */
export class ClientBooks {
  connections = 0
  bytes = 0
  accepted = 0
  rejected = 0
  /** Given up in the midst, by a lost connection or RSET. */
  aborted = 0
  /** Connections without any transaction. */
  idle = 0
  /** Sequence numbers of texts whose answer was not awaited: taken or given up. */
  readonly unanswered = new Set<number>()
  /** By sequence number: 1 was told "accepted". */
  told = new Uint8Array(1 << 16)
  sequence = 0

  next(): number {
    const number = this.sequence++
    if (number < this.told.length) return number
    const more = new Uint8Array(this.told.length * 2)
    more.set(this.told)
    this.told = more
    return number
  }
}

export interface Clients {
  readonly port: number
  readonly sessions: number
  readonly domain: string
  /** Transactions a second, of all together; Infinity: as fast as it goes. */
  readonly perSecond: number
}

type Act = (dialogue: Dialogue) => Promise<'on' | 'over'>

const filler = `${'x'.repeat(70)}\r\n`

/** Runs until the signal aborts; every session ends by itself before it resolves. */
export async function runClients(
  clients: Clients,
  books: ClientBooks,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now()
  let turns = 0
  const turn = async () => {
    const due = began + (turns++ / clients.perSecond) * 1000
    const early = due - performance.now()
    if (early > 0) await wait(early)
  }
  const lane = async () => {
    while (!signal.aborted) await session(clients, books, { turn, signal })
  }
  await Promise.all(Array.from({ length: clients.sessions }, lane))
}

interface Pace {
  readonly turn: () => Promise<void>
  readonly signal: AbortSignal
}

async function session(clients: Clients, books: ClientBooks, pace: Pace): Promise<void> {
  const dialogue = new Dialogue(clients, books)
  await dialogue.begin()
  for (let first = true; !pace.signal.aborted; first = false) {
    await pace.turn()
    const act = pick(first)
    if (act === leave && first) books.idle++
    if ((await act(dialogue)) === 'over') return
  }
  if (dialogue.transactions === 0) books.idle++
  await dialogue.quit()
}

function pick(first: boolean): Act {
  const at = Math.random()
  if (at < 0.86) return send
  if (at < 0.9) return beRefused
  if (at < 0.93) return giveUp
  if (at < 0.95) return cutAfterRecipient
  if (at < 0.97) return cutInText
  if (at < 0.98) return cutAfterText
  return first || at < 0.99 ? leave : reset
}

const send: Act = async (dialogue) => {
  await dialogue.envelope('tito')
  await dialogue.ask('DATA', '354')
  const number = dialogue.books.next()
  await dialogue.ask(`${dialogue.text(number)}.`, '250')
  dialogue.books.accepted++
  dialogue.books.told[number] = 1
  return 'on'
}

const beRefused: Act = async (dialogue) => {
  await dialogue.ask('MAIL FROM:<soak@client.example>', '250')
  dialogue.transactions++
  await dialogue.ask(`RCPT TO:<nobody@${dialogue.domain}>`, '550')
  await dialogue.ask('RSET', '250')
  dialogue.books.rejected++
  return 'on'
}

const giveUp: Act = async (dialogue) => {
  await dialogue.envelope('iqbal')
  await dialogue.ask('RSET', '250')
  dialogue.books.aborted++
  return 'on'
}

/** All that was said is answered, so nothing is lost by the reset. */
const cutAfterRecipient: Act = async (dialogue) => {
  await dialogue.envelope('tito')
  dialogue.books.aborted++
  return dialogue.vanish('reset')
}

const cutInText: Act = async (dialogue) => {
  await dialogue.envelope('tito')
  await dialogue.ask('DATA', '354')
  await dialogue.say(dialogue.text(dialogue.books.next()))
  dialogue.books.aborted++
  return dialogue.vanish('end')
}

const cutAfterText: Act = async (dialogue) => {
  await dialogue.envelope('iqbal')
  await dialogue.ask('DATA', '354')
  const number = dialogue.books.next()
  await dialogue.say(`${dialogue.text(number)}.\r\n`)
  dialogue.books.unanswered.add(number)
  return dialogue.vanish('end')
}

const leave: Act = async (dialogue) => {
  await dialogue.quit()
  return 'over'
}

const reset: Act = async (dialogue) => dialogue.vanish('reset')

class Dialogue {
  readonly books: ClientBooks
  readonly domain: string
  transactions = 0
  readonly #socket: Socket
  #heard: (reply: string) => void = () => {}
  #lost: (error: Error) => void = () => {}

  constructor({ port, domain }: Clients, books: ClientBooks) {
    this.books = books
    this.domain = domain
    this.#socket = connect(port, '127.0.0.1').setNoDelay(true)
    // On loopback a reply comes whole.
    this.#socket.on('data', (part) => this.#heard(`${part}`))
    this.#socket.on('error', (error) => this.#lost(error))
    this.#socket.on('end', () => this.#lost(new Error('closed by the server')))
  }

  async begin(): Promise<void> {
    const greeting = await this.#reply()
    if (!greeting.startsWith('220')) throw new Error(`no greeting: ${greeting}`)
    this.books.connections++
    await this.ask('EHLO soak.example', '250')
  }

  async envelope(name: string): Promise<void> {
    await this.ask('MAIL FROM:<soak@client.example>', '250')
    this.transactions++
    await this.ask(`RCPT TO:<${name}@${this.domain}>`, '250')
  }

  text(number: number): string {
    const head = `Subject: soak ${number}\r\nMessage-ID: <${number}@soak.example>\r\n`
    return `${head}From: <soak@client.example>\r\n\r\n${filler.repeat(1 + (number % 20))}`
  }

  /** @throws Error when it is answered otherwise. */
  async ask(line: string, code: string): Promise<void> {
    const answer = this.#reply()
    await this.say(`${line}\r\n`)
    const reply = await answer
    if (!reply.startsWith(code)) throw new Error(`${line.slice(0, 40)}: ${reply}`)
  }

  /** Resolves when the kernel has it. */
  say(text: string): Promise<void> {
    this.books.bytes += text.length
    return new Promise((resolve, reject) => {
      this.#socket.write(text, (error) => (error ? reject(error) : resolve()))
    })
  }

  async quit(): Promise<void> {
    await this.ask('QUIT', '221')
    this.#lost = () => {}
    this.#socket.destroy()
  }

  async vanish(how: 'end' | 'reset'): Promise<'over'> {
    this.#lost = () => {}
    this.#heard = () => {}
    if (how === 'reset') this.#socket.resetAndDestroy()
    else this.#socket.end()
    return 'over'
  }

  #reply(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#heard = resolve
      this.#lost = reject
    })
  }
}
