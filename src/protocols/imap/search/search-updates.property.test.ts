// A client that only follows ADDTO and REMOVEFROM has, after every change, the result that a new
// search finds: RFC 5267 §4.3.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Player } from '../../../wire/testing/transcript.ts'
import { openImap } from '../testing/server.ts'

const server = await openImap({ after })
after(() => server.close())

const searches = {
  found: 'UID SEARCH RETURN (ALL%) OR FLAGGED SUBJECT b',
  sorted: 'UID SORT RETURN (ALL%) (REVERSE SUBJECT) UTF-8 UNDELETED',
} as const
type Name = keyof typeof searches

/** Follows its results as they are told. */
class Follower {
  readonly results: Record<Name, number[]> = { found: [], sorted: [] }
  readonly #player: Player
  #tag = 0

  constructor(player: Player) {
    this.#player = player
  }

  async say(command: string, tag = `t${++this.#tag}`): Promise<string[]> {
    await this.#player.write(`${tag} ${command}\r\n`)
    const lines: string[] = []
    for (;;) {
      const line = await this.#player.line()
      lines.push(line)
      if (line.startsWith(`${tag} `)) return lines
      this.#take(line)
    }
  }

  async begin(): Promise<void> {
    for (const [name, command] of Object.entries(searches))
      this.results[name as Name] = allOf(await this.say(command.replace('%', ' UPDATE'), name))
  }

  #take(line: string): void {
    const tag = /^\* ESEARCH \(TAG "(found|sorted)"\) UID/.exec(line)?.[1]
    if (tag === undefined) return
    for (const [, kind, text = ''] of line.matchAll(/(ADDTO|REMOVEFROM) \(([^)]*)\)/g))
      for (const [, position, set = ''] of text.matchAll(/(\d+) ([\d:,]+)/g)) {
        const change = { at: Number(position), uids: uidsOf(set) }
        const follow = kind === 'ADDTO' ? added : removed
        this.results[tag as Name] = follow(this.results[tag as Name], change)
      }
  }
}

interface Change {
  /** From 1 on; 0: wherever it belongs. */
  readonly at: number
  readonly uids: readonly number[]
}

function added(list: readonly number[], { at, uids }: Change): number[] {
  if (at > 0) return list.toSpliced(at - 1, 0, ...uids)
  return [...list, ...uids].sort((a, b) => a - b)
}

function removed(list: readonly number[], { at, uids }: Change): number[] {
  if (at === 0) return list.filter((uid) => !uids.includes(uid))
  assert.deepEqual(list.slice(at - 1, at - 1 + uids.length), uids)
  return list.toSpliced(at - 1, uids.length)
}

function uidsOf(set: string): number[] {
  return set.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split(':').map(Number)
    return Array.from({ length: last - first + 1 }, (_, n) => first + n)
  })
}

function allOf(lines: readonly string[]): number[] {
  const set = /^\* ESEARCH .* ALL ([\d:,]+)/.exec(lines.find((l) => l.includes(' ALL ')) ?? '')?.[1]
  return set === undefined ? [] : uidsOf(set)
}

/** Numbers below `max`, the same ones for the same seed. */
function dice(seed: number): (max: number) => number {
  let state = seed
  return (max) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * max)
  }
}

function changeBy(roll: (max: number) => number, most: number): string {
  const uid = () => 1 + roll(most)
  const flag = ['\\Flagged', '\\Deleted', '\\Seen'][roll(3)]
  switch (roll(5)) {
    case 0:
    case 1:
      return `APPEND INBOX (${roll(2) ? '\\Flagged' : ''}) {12+}\r\nSubject: ${'abcd'[roll(4)]}\r\n`
    case 2:
      return `UID STORE ${uid()},${uid()}:${uid()} ${'+-'[roll(2)]}FLAGS (${flag})`
    case 3:
      return roll(3) ? 'NOOP' : 'EXPUNGE'
    default:
      return `UID COPY ${uid()} INBOX`
  }
}

for (const seed of [1, 2, 3])
  test(`results that are followed are those that are found, seed ${seed}`, async () => {
    await server.renew()
    const roll = dice(seed)
    const [follower, other] = [
      new Follower(await server.client()),
      new Follower(await server.client()),
    ]
    for (const client of [follower, other]) {
      await client.say('LOGIN tito amplop')
      await client.say('SELECT INBOX')
    }
    await follower.begin()
    for (let step = 0; step < 60; step++) {
      for (let n = roll(4); n >= 0; n--) await other.say(changeBy(roll, step + 1))
      // Its own changes count as well, and commands that keep what is gone.
      if (roll(3) === 0) await follower.say(changeBy(roll, step + 1))
      if (roll(4) === 0) await follower.say('SEARCH ALL')
      await follower.say('NOOP')
      await other.say('NOOP')
      for (const [name, command] of Object.entries(searches))
        assert.deepEqual(
          follower.results[name as Name],
          allOf(await other.say(command.replace('%', ''))),
          `${name}, step ${step}`,
        )
    }
    await follower.say('LOGOUT')
    await other.say('LOGOUT')
  })
