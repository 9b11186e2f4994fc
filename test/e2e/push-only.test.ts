// A client that follows only pushes and /changes holds exactly the server's view at each quiet point,
// whatever IMAP, POP3, SMTP and JMAP do meanwhile; on PostgreSQL at two servers on one database.
// AMPLOP_PUSH_ROUNDS asks for more rounds, AMPLOP_SEED for other ones.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { ImapClient } from '../../bench/imap-client.ts'
import { fc } from '../../src/base/testing/property.ts'
import { postgres } from '../../src/store/testing/engines.ts'
import { Player } from '../../src/wire/testing/transcript.ts'
import { type House, openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'
import { JmapAsker, PushFollower, wholeView } from '../support/push-follower.ts'

const rounds = Number(process.env.AMPLOP_PUSH_ROUNDS ?? '6')
const tito = 'tito@example.com'
const flags = ['\\Seen', '\\Flagged', '\\Deleted', 'work']
const names = ['INBOX', 'Archive', 'Trash', 'New', 'New/Below']

const kinds = [
  ...['smtp', 'smtp', 'append', 'flag', 'flag', 'move', 'copy', 'expunge', 'make', 'drop'],
  ...['rename', 'pop3', 'mark', 'mark', 'put', 'destroy', 'box'],
] as const

const operation = fc.record({
  kind: fc.constantFrom(...kinds),
  n: fc.nat(1000),
  from: fc.constantFrom(...names),
  to: fc.constantFrom(...names),
  flag: fc.constantFrom(...flags),
  on: fc.boolean(),
})
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

/** One server as everybody uses it. What is refused, is refused: others were there first. */
class Users {
  readonly #house: House
  readonly #asker: JmapAsker

  constructor(house: House, asker: JmapAsker) {
    this.#house = house
    this.#asker = asker
  }

  async take(each: Operation): Promise<void> {
    const { kind, n } = each
    if (kind === 'smtp') {
      const reply = n % 5 === 0 ? `References: <r${n % 7}@example.org>\r\n` : ''
      const head = `Subject: s${n % 7}\r\nMessage-ID: <m${n}@example.org>\r\n${reply}`
      assert.match(await this.#house.send([tito], `${head}\r\nn${n}\r\n`), /^250/)
    } else if (kind === 'pop3') await this.#pop3()
    else if (/^(?:mark|put|destroy|box)$/.test(kind)) await this.#jmap(each)
    else await this.#imap(each)
  }

  async #imap({ kind, n, from, to, flag, on }: Operation): Promise<void> {
    const client = await ImapClient.open({ port: this.#house.port('imap'), user: tito })
    const say = (command: string) => client.run(command).catch(() => undefined)
    if (kind === 'make') await say(`CREATE ${to}`)
    else if (kind === 'drop') await say(`DELETE ${from.startsWith('New') ? from : 'Nothing'}`)
    else if (kind === 'rename')
      await say(`RENAME ${from.startsWith('New') ? from : 'None'} New${n}`)
    else if (kind === 'append') {
      const text = `Subject: a${n % 7}\r\n\r\na${n}\r\n`
      await say(`APPEND ${to} (${flag}) {${text.length}+}\r\n${text}`)
    } else if (await say(`SELECT ${from}`)) {
      const number = (n % 6) + 1
      if (kind === 'flag') await say(`STORE ${number}:* ${on ? '+' : '-'}FLAGS (${flag})`)
      if (kind === 'move') await say(`MOVE ${number} ${to}`)
      if (kind === 'copy') await say(`COPY ${number} ${to}`)
      if (kind === 'expunge') await say('EXPUNGE')
    }
    await client.close()
  }

  async #pop3(): Promise<void> {
    const client = new Player(connect(this.#house.port('pop3'), '127.0.0.1').setNoDelay(true))
    await client.line()
    for (const line of [`USER ${tito}`, 'PASS amplop', 'DELE 1', 'QUIT'])
      if (!(await client.ask(line)).startsWith('+OK') && line !== 'DELE 1') return
  }

  async #jmap({ kind, n, on }: Operation): Promise<void> {
    const { ids } = await this.#asker.ask('Email/query', { limit: 30 })
    const id = ids[n % Math.max(1, ids.length)]
    const { list } = await this.#asker.ask('Mailbox/get', { properties: ['id'] })
    const box = list[n % list.length].id
    const set = (args: object) => this.#asker.ask('Email/set', args)
    if (kind === 'box')
      await this.#asker.ask('Mailbox/set', { create: { b: { name: `Box ${n % 4}` } } })
    else if (id === undefined) return
    else if (kind === 'mark')
      await set({ update: { [id]: { 'keywords/$seen': on ? true : null } } })
    else if (kind === 'put')
      await set({
        update: { [id]: on ? { [`mailboxIds/${box}`]: true } : { mailboxIds: { [box]: true } } },
      })
    else await set({ destroy: [id] })
  }
}

async function follows(t: TestContext, houses: readonly House[]): Promise<void> {
  const [here, there = here] = houses
  const askers = await Promise.all(
    houses.map((house) => new JmapAsker(house.port('http'), tito, 'amplop').open()),
  )
  const users = houses.map((house, n) => new Users(house, askers[n]!))
  const follower = new PushFollower(askers.at(-1)!)
  await follower.listen()
  t.after(() => follower.goAway())
  const upkeep = there?.started.rooms?.upkeep
  const turns = fc.sample(fc.array(operation, { minLength: 4, maxLength: 12 }), rounds)
  for (const [round, operations] of turns.entries()) {
    const away = round % 3 === 2
    if (away) await follower.goAway()
    await Promise.all(
      users.map(async (user, at) => {
        for (const [n, each] of operations.entries())
          if (n % users.length === at) await user.take(each)
      }),
    )
    const reloads = follower.reloads
    if (away) {
      // Something at least, and then all of it is forgotten.
      await users[0]!.take({ ...operations[0]!, kind: 'smtp' })
      await upkeep?.forget(follower.asker.account, 0, 0)
      await follower.listen()
    }
    const { state: Email } = await follower.asker.ask('Email/get', { ids: [] })
    const { state: Mailbox } = await follower.asker.ask('Mailbox/get', { ids: [] })
    await follower.reached({ Email, Mailbox })
    assert.deepEqual(follower.view, await wholeView(askers[0]!), `round ${round}`)
    if (away) assert.ok(follower.reloads > reloads, 'it was away longer than is remembered')
  }
}

test('pushes and changes tell all there is, SQLite', async (t) => {
  await follows(t, [await openHouse(t, { users: ['tito'] })])
})

test('pushes and changes tell all there is, two servers on PostgreSQL', {
  skip: postgres.skip,
}, async (t) => {
  const url = await postgres.url(newFolder(t))
  const open = (users: readonly string[]) =>
    openHouse(t, {
      users,
      change: (settings) => ({ ...settings, store: { ...settings.store, url } }),
    })
  await follows(t, [await open(['tito']), await open([])])
})
