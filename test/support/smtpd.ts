// The server of source C's scenarios: domain smtpd.com and its users, and ways to talk to it.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { Player } from '../../src/wire/testing/transcript.ts'
import { type House, type HouseOptions, openHouse } from './house.ts'
import { type Letter, lettersIn } from './letters.ts'
import type { Cleanup } from './places.ts'

export const smtpdUsers = ['user', 'user1', 'user2', 'rcpt', 'r1', 'r2', 'r3', 'r4', 'r5'] as const

export interface Smtpd {
  readonly house: House
  /** A client that has heard the greeting. */
  client(host?: string): Promise<Player>
  /** The messages of a user, oldest first, that came since this was last asked for. */
  news(user: string): Promise<readonly Letter[]>
}

export async function openSmtpd(test: Cleanup, options: HouseOptions = {}): Promise<Smtpd> {
  const house = await openHouse(test, { domain: 'smtpd.com', users: smtpdUsers, ...options })
  const seen = new Map<string, number>()
  const client = async (host = '127.0.0.1') => {
    const player = new Player(connect(house.port('smtp', host), host).setNoDelay(true))
    assert.match(await player.line(), /^220 mail\.smtpd\.com ESMTP/)
    return player
  }
  const news = async (user: string) => {
    const { rooms } = house.started
    assert.ok(rooms)
    const letters = await lettersIn(rooms, `${user}@smtpd.com`, seen.get(user))
    seen.set(user, letters.at(-1)?.uid ?? seen.get(user) ?? 0)
    return letters
  }
  return { house, client, news }
}

/** Says each line and awaits its reply; the codes. */
export async function codes(client: Player, lines: readonly string[]): Promise<number[]> {
  const all: number[] = []
  for (const line of lines) all.push(Number((await client.ask(line)).slice(0, 3)))
  return all
}

/** A client that was told to go ahead with its text to `to`. */
export async function inData({ client }: Smtpd, ...to: readonly string[]): Promise<Player> {
  const player = await client()
  const paths = to.map((user) => `RCPT TO:<${user}@smtpd.com>`)
  const got = await codes(player, ['EHLO user', 'MAIL FROM:<user@smtpd.com>', ...paths, 'DATA'])
  assert.equal(got.at(-1), 354)
  return player
}
