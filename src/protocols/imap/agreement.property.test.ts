// Several clients change one mailbox at once, and each keeps the picture that its own connection
// paints. In the end all pictures are the mailbox.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Player } from '../../wire/testing/transcript.ts'
import { type ImapServer, openImap } from './testing/server.ts'

const server = await openImap({ after })
after(() => server.close())

interface Known {
  uid: number
  flags: string
}

/** A client that believes what it is told. */
class Client {
  readonly messages: Known[] = []
  readonly #player: Player
  readonly #qresync: boolean
  #tag = 0

  constructor(player: Player, qresync: boolean) {
    this.#player = player
    this.#qresync = qresync
  }

  end(): void {
    this.#player.end()
  }

  async open(): Promise<void> {
    await this.say('LOGIN tito amplop')
    if (this.#qresync) await this.say('ENABLE QRESYNC')
    await this.say('SELECT INBOX')
    await this.learn()
  }

  /** Asks for what it was only told the number of. */
  async learn(): Promise<void> {
    const first = this.messages.findIndex(({ uid }) => uid === 0)
    if (first >= 0) await this.say(`FETCH ${first + 1}:* (UID FLAGS)`)
  }

  /** Says a command and hears its answer out; false for NO. */
  async say(command: string): Promise<boolean> {
    const tag = `t${++this.#tag}`
    await this.#player.write(`${tag} ${command}\r\n`)
    return this.#heard(tag)
  }

  /** Idles until it hears something, and until the next word after it at the latest. */
  async idle(meanwhile: () => Promise<void>): Promise<void> {
    const tag = `t${++this.#tag}`
    await this.#player.write(`${tag} IDLE\r\n`)
    assert.match(await this.#player.line(), /^\+ /)
    await meanwhile()
    await this.#player.write('DONE\r\n')
    await this.#heard(tag)
  }

  async #heard(tag: string): Promise<boolean> {
    for (;;) {
      const line = await this.#player.line()
      assert.doesNotMatch(line, /^<(closed|nothing)/)
      if (line.startsWith(`${tag} `)) {
        assert.match(line, / (OK|NO) /, line)
        return line.includes(' OK ')
      }
      this.#take(line)
    }
  }

  #take(line: string): void {
    const [, count] = /^\* (\d+) EXISTS$/.exec(line) ?? []
    if (count !== undefined) {
      assert.ok(Number(count) >= this.messages.length, `${line} after ${this.messages.length}`)
      while (this.messages.length < Number(count)) this.messages.push({ uid: 0, flags: '' })
    }
    const [, expunged] = /^\* (\d+) EXPUNGE$/.exec(line) ?? []
    if (expunged !== undefined) {
      assert.ok(!this.#qresync)
      assert.equal(this.messages.splice(Number(expunged) - 1, 1).length, 1, line)
    }
    const [, vanished] = /^\* VANISHED ([\d:,]+)$/.exec(line) ?? []
    if (vanished !== undefined) this.#vanish(vanished)
    const [, number, uid, flags] = /^\* (\d+) FETCH \(UID (\d+) FLAGS \(([^)]*)\)/.exec(line) ?? []
    if (number === undefined) return
    const known = this.messages[Number(number) - 1]
    assert.ok(known, line)
    assert.ok(known.uid === 0 || known.uid === Number(uid), `${line}, but it was ${known.uid}`)
    known.uid = Number(uid)
    known.flags = flags ?? ''
  }

  /**
   * RFC 7162 §3.2.10: what was announced may be gone before its UID was asked for. It is then the
   * first of those without one that follow all with lower ones.
   */
  #placeOf(gone: number): number {
    const known = this.messages.findIndex(({ uid }) => uid === gone)
    if (known >= 0) return known
    const place = this.messages.findLastIndex(({ uid }) => uid !== 0 && uid < gone) + 1
    return this.messages[place]?.uid === 0 ? place : -1
  }

  #vanish(set: string): void {
    for (const range of set.split(',')) {
      const [first = 0, last = first] = range.split(':').map(Number)
      for (let uid = first; uid <= last; uid++) {
        const at = this.#placeOf(uid)
        assert.ok(at >= 0, `VANISHED ${uid}, which was not there`)
        this.messages.splice(at, 1)
      }
    }
  }
}

/** Numbers below `max`, the same ones for the same seed. */
function dice(seed: number): (max: number) => number {
  let state = seed
  return (max) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * max)
  }
}

const flagNames = ['\\Seen', '\\Flagged', '\\Deleted', '$Later']

function commandFor(client: Client, roll: (max: number) => number): string {
  const count = client.messages.length
  const uid = () => client.messages[roll(count)]?.uid || 1
  const flag = flagNames[roll(flagNames.length)]
  const sign = '+-'[roll(2)]
  switch (count === 0 ? 0 : roll(8)) {
    case 0:
    case 1:
      return 'APPEND INBOX {6+}\r\nA: b\r\n'
    case 2:
      return `UID STORE ${uid()}:${uid()} ${sign}FLAGS (${flag})`
    case 3:
      return `STORE ${1 + roll(count)} ${sign}FLAGS.SILENT (${flag})`
    case 4:
      return `UID COPY ${uid()} INBOX`
    case 5:
      return `UID MOVE ${uid()} Trash`
    case 6:
      return 'EXPUNGE'
    default:
      return 'NOOP'
  }
}

async function agree(test: ImapServer, seed: number): Promise<void> {
  await test.renew()
  const roll = dice(seed)
  const clients = [false, true, false].map(async (qresync) => {
    const client = new Client(await test.client(), qresync)
    await client.open()
    return client
  })
  const all = await Promise.all(clients)
  const fresh = new Client(await test.client(), false)
  try {
    await changeAtOnce(all, roll)
    await fresh.open()
    for (const client of all) assert.deepEqual(client.messages, fresh.messages)
    assert.ok(fresh.messages.length > 0)
  } finally {
    // One that is wrong leaves the others in the midst of their work.
    for (const client of [...all, fresh]) client.end()
  }
}

async function changeAtOnce(all: readonly Client[], roll: (max: number) => number): Promise<void> {
  const work = async (client: Client, own: (max: number) => number) => {
    for (let n = 0; n < 40; n++) {
      // A set that is silent about what it changed leaves flags to be asked for.
      const command = commandFor(client, own)
      await client.say(command)
      if (command.includes('SILENT')) await client.say('UID FETCH 1:* (UID FLAGS)')
      // Who asks at once seldom meets what is gone before it was asked for.
      if (own(2) === 0) await client.learn()
    }
  }
  const [first, second, third] = all
  assert.ok(first && second && third)
  await Promise.all([work(first, dice(roll(1e9))), work(second, dice(roll(1e9)))])
  await third.idle(() => work(first, dice(roll(1e9))))
  for (const client of all) {
    await client.say('NOOP')
    await client.learn()
  }
}

for (const seed of [1, 2, 3, 4])
  test(`three clients at once end with the same picture, seed ${seed}`, () => agree(server, seed))
