// A server that is killed under load, again and again on the same folder: what it acknowledged is
// there exactly once, what it did not is there whole or not at all, and nothing else is.
// AMPLOP_SEED plays a run again.
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Rooms } from '../../src/app/rooms.ts'
import { Player } from '../../src/wire/testing/transcript.ts'
import {
  audit,
  Ledger,
  mailMaker,
  randomOf,
  sendByGateway,
  sendBySmtp,
} from '../support/accounts-of-mail.ts'
import { type House, openHouse } from '../support/house.ts'
import { lettersDown } from '../support/letters.ts'
import { freePorts, newFolder } from '../support/places.ts'
import { amplop, type Running } from '../support/running.ts'

const cycles = 20
const killWithin = 300
const smtpSessions = 8
const gatewayClients = 2
const users = ['tito', 'iqbal']
const addresses = users.map((user) => `${user}@example.com`)

const seed = Number(process.env.AMPLOP_SEED ?? randomInt(2 ** 31))
console.log(`AMPLOP_SEED=${seed}`)
const random = randomOf(seed)
const make = mailMaker(random, addresses)

/** A data folder with its users, and servers on it. */
class Scene {
  readonly folder: string
  readonly ledger = new Ledger()
  readonly #root = newFolder({ after })

  constructor() {
    this.folder = join(this.#root, 'data')
  }

  /** The house on the folder, in this process, while no other runs on it. */
  opened(): Promise<House> {
    return openHouse({ after }, { folder: this.folder, users })
  }

  async serve(): Promise<Server> {
    const server = await this.launch()
    await server.running.said(/is ready/)
    return server
  }

  async launch(): Promise<Server> {
    const [smtp = 0, gateway = 0] = await freePorts(2)
    const file = join(this.#root, 'amplop.toml')
    const config = `
      server = { name = "mail.example.com", domains = ["example.com"], data = "data" }
      smtp = { listen = ["127.0.0.1:${smtp}"] }
      submission = { listen = [], tls_listen = [] }
      pop3 = { listen = [], tls_listen = [] }
      imap = { listen = [], tls_listen = [] }
      gateway = { tcp = ["127.0.0.1:${gateway}"], messages_per_minute = 0 }
      http = { listen = [], tls_listen = [] }
      log = { file = "log" }`
    writeFileSync(file, config)
    return { running: amplop({ after }, ['serve', '-c', file]), smtp, gateway }
  }

  /** All clients at once; resolves when each is ended, with the last that each heard. */
  load({ smtp, gateway }: Server, name: string): Promise<string[]> {
    const { ledger } = this
    const by = (way: typeof sendBySmtp, port: number) => (_: unknown, n: number) =>
      way(port, ledger, () => make(`${name}-${port === smtp ? 's' : 'g'}${n}`))
    return Promise.all([
      ...Array.from({ length: smtpSessions }, by(sendBySmtp, smtp)),
      ...Array.from({ length: gatewayClients }, by(sendByGateway, gateway)),
    ])
  }

  /** What is wrong in the mailboxes; the log may tell of no damage. */
  async audited(): Promise<string[]> {
    const house = await this.opened()
    const problems = await audit(roomsOf(house), this.ledger, addresses)
    await house.close()
    return [...problems, ...this.logged('error')]
  }

  /** Where the first copy of a mail lies. */
  async placeOf(id: string): Promise<{ account: string; uid: number }> {
    const house = await this.opened()
    const rooms = roomsOf(house)
    const [address = ''] = this.ledger.entries.get(id)?.to ?? []
    const { id: account } = await rooms.accounts.show(address)
    let found = 0
    for await (const { uid, body } of lettersDown(rooms, address))
      if (body.includes(`Subject: ${id}\r\n`)) found = uid
    await house.close()
    return { account, uid: found }
  }

  logged(level: 'warn' | 'error'): string[] {
    const lines = readFileSync(join(this.folder, 'log'), 'utf8').split('\n')
    return lines.filter((line) => line.includes(`"level":"${level}"`))
  }
}

interface Server {
  readonly running: Running
  readonly smtp: number
  readonly gateway: number
}

function roomsOf({ started }: House): Rooms {
  return started.rooms ?? assert.fail('a house with rooms')
}

describe('killed under load', () => {
  const scene = new Scene()
  const { ledger } = scene

  it(`${cycles} times, it has all it acknowledged, once`, async () => {
    await (await scene.opened()).close()
    for (let cycle = 0; cycle < cycles; cycle++) {
      const server = await scene.serve()
      const ended = scene.load(server, `${cycle}`)
      await ledger.reaches(ledger.acknowledged + Math.floor(random() * killWithin))
      // An acknowledgement is no moment like any other: somewhat later is.
      await pause(random() * 10)
      assert.equal(await server.running.stop('SIGKILL'), 'SIGKILL')
      await ended
      // Now and then the next start is killed too, in the midst of its recovery.
      if (cycle % 4 === 3) {
        const { running } = await scene.launch()
        await pause(200 + random() * 400)
        await running.stop('SIGKILL')
      }
    }
    // The last recovery too is to be in the log, which a clean end writes out.
    assert.equal(await (await scene.serve()).running.stop(), 0)
    const entries = [...ledger.entries.values()]
    const large = entries.filter(({ bytes }) => bytes > 2 ** 18).length
    const open = entries.filter(({ state }) => state === 'begun').length
    const dropped = scene.logged('warn').length
    const sums = `${ledger.acknowledged} acknowledged, ${open} not, ${large} large, ${dropped} dropped`
    console.log(sums)
    assert.deepEqual(await scene.audited(), [])
    assert.ok(ledger.acknowledged > cycles * 50 && open > 0 && large > 0, sums)
  })

  it('and the audit is not blind: a message lost, a message twice', async () => {
    const [first = '', second = ''] = [...ledger.entries.keys()].filter(
      (id) => ledger.entries.get(id)?.state === 'acknowledged',
    )
    const { account, uid } = await scene.placeOf(first)
    const database = new DatabaseSync(join(scene.folder, 'amplop.db'))
    const erase = `delete from messages where account = ? and mailbox = 'inbox' and uid = ?`
    assert.equal(database.prepare(erase).run(account, uid).changes, 1)
    database.close()
    const lost = await scene.audited()
    assert.equal(lost.length, 2, lost.join('\n'))
    assert.match(lost[0] ?? '', /counted/)
    assert.match(lost[1] ?? '', /: acknowledged, there (0|0 and 1|1 and 0) times$/)

    const house = await scene.opened()
    const { to = [] } = ledger.entries.get(second) ?? {}
    assert.match(await house.send(to, `Subject: ${second}\r\n\r\nother text\r\n`), /^250 /)
    await house.close()
    const known = (problem: string) => lost.includes(problem) || problem.includes(': counted ')
    const twice = (await scene.audited()).filter((problem) => !known(problem))
    assert.deepEqual(
      twice.map((problem) => problem.replace(/^\S+ ?\S*: /, '')),
      [
        ...to.map(() => 'other bytes'),
        `acknowledged, there ${to.map(() => 2).join(' and ')} times`,
      ],
    )
  })
})

it('told to stop under load, it answers all that was begun, and ends well', async () => {
  const scene = new Scene()
  await (await scene.opened()).close()
  const server = await scene.serve()
  const connected = async () => {
    const player = new Player(connect(server.smtp, '127.0.0.1').setNoDelay(true))
    assert.match(await player.line(), /^220 /)
    return player
  }
  const [idle, inText] = [await connected(), await connected()]
  const mail = { id: 'slow', to: ['tito@example.com'], text: 'in two parts\r\n' }
  const commands = [
    'EHLO slow',
    'MAIL FROM:<slow@example.org>',
    'RCPT TO:<tito@example.com>',
    'DATA',
  ]
  for (const line of commands) await inText.ask(line)
  await inText.write('Subject: slow\r\n\r\n')
  scene.ledger.begin(mail)

  const ended = scene.load(server, 'stopped')
  await scene.ledger.reaches(50)
  server.running.child.kill('SIGTERM')
  assert.match(await idle.line(), /^421 4\.3\.2 /)
  assert.equal(await idle.line(), '<closed>')
  const late = connect(server.smtp, '127.0.0.1')
  await assert.rejects(once(late, 'connect'), { code: 'ECONNREFUSED' })
  assert.match(await inText.ask(`${mail.text}.`), /^250 /)
  scene.ledger.end(mail, 'acknowledged')
  assert.match(await inText.line(), /^421 4\.3\.2 /)

  for (const heard of await ended) assert.match(heard, /^421 |^\{"code":421,/)
  assert.equal(await server.running.ended, 0, server.running.output())
  const states = [...scene.ledger.entries.values()].map(({ state }) => state)
  assert.equal(states.includes('begun'), false)
  assert.deepEqual(await scene.audited(), [])
  assert.deepEqual(scene.logged('warn'), [])
})
