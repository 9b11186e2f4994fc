// IMAP4rev1's \\Recent, RFC 3501 §2.3.2: each new message is so to one session, and to one only.
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import type { Player } from '../../wire/testing/transcript.ts'
import { openImap } from './testing/server.ts'

const server = await openImap({ after }, { recents: true })
after(() => server.close())
beforeEach(() => server.renew())

/** Says a command; the answer's lines. */
async function say(player: Player, command: string): Promise<string[]> {
  await player.write(`t ${command}\r\n`)
  const lines: string[] = []
  for (;;) {
    const line = await player.line()
    lines.push(line)
    if (line.startsWith('t ')) return lines
  }
}

async function loggedIn(rev2 = false): Promise<Player> {
  const player = await server.client()
  await say(player, 'LOGIN tito amplop')
  if (rev2) await say(player, 'ENABLE IMAP4rev2')
  return player
}

const append = (player: Player) => say(player, 'APPEND INBOX {6+}\r\nA: b\r\n')
const recentOf = (lines: readonly string[]) => lines.filter((line) => line.endsWith(' RECENT'))

test('whoever selects first has what is recent; EXAMINE and STATUS leave it', async () => {
  const [one, other] = [await loggedIn(), await loggedIn()]
  await append(one)
  await append(one)
  const status = await say(one, 'STATUS INBOX (MESSAGES RECENT)')
  assert.equal(status[0], '* STATUS INBOX (MESSAGES 2 RECENT 2)')
  assert.deepEqual(recentOf(await say(other, 'EXAMINE INBOX')), ['* 2 RECENT'])
  assert.deepEqual(recentOf(await say(one, 'SELECT INBOX')), ['* 2 RECENT'])
  assert.deepEqual(recentOf(await say(other, 'SELECT INBOX')), ['* 0 RECENT'])
  assert.equal((await say(other, 'STATUS INBOX (RECENT)'))[0], '* STATUS INBOX (RECENT 0)')
  assert.equal((await say(one, 'FETCH 1 FLAGS'))[0], '* 1 FETCH (FLAGS (\\Recent))')
  assert.equal((await say(other, 'FETCH 1 FLAGS'))[0], '* 1 FETCH (FLAGS ())')
  const stored = await say(one, 'STORE 1 FLAGS (\\Seen)')
  assert.equal(stored[0], '* 1 FETCH (UID 1 FLAGS (\\Recent \\Seen))')
  assert.equal((await say(one, 'SEARCH RECENT'))[0], '* SEARCH 1 2')
  assert.equal((await say(one, 'SEARCH NEW'))[0], '* SEARCH 2')
  assert.equal((await say(one, 'SEARCH OLD'))[0], '* SEARCH')
  assert.equal((await say(other, 'SEARCH OLD'))[0], '* SEARCH 1 2')
  for (const player of [one, other]) player.end()
})

test('what comes while many look is recent to one of them', async () => {
  const players = [await loggedIn(), await loggedIn(), await loggedIn()]
  for (const player of players) await say(player, 'SELECT INBOX')
  const writer = await loggedIn()
  for (let n = 0; n < 5; n++) await append(writer)
  const told = await Promise.all(players.map((player) => say(player, 'NOOP')))
  assert.deepEqual(recentOf(told.flat()), ['* 5 RECENT'])
  for (const player of [...players, writer]) player.end()
})

test('a session of IMAP4rev2 takes nothing and hears nothing of it', async () => {
  const [modern, old] = [await loggedIn(true), await loggedIn()]
  await append(old)
  assert.deepEqual(recentOf(await say(modern, 'SELECT INBOX')), [])
  assert.equal((await say(modern, 'FETCH 1 FLAGS'))[0], '* 1 FETCH (FLAGS ())')
  assert.deepEqual(recentOf(await say(old, 'SELECT INBOX')), ['* 1 RECENT'])
  for (const player of [modern, old]) player.end()
})
