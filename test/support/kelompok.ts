// Source A's server as a try-out: the domain kelompok1.com, and mail to anywhere is kept and shown.
import assert from 'node:assert/strict'
import type { Settings } from '../../src/app/config/schema.ts'
import type { Card } from '../../src/protocols/board/card.ts'
import { type House, openHouse } from './house.ts'
import { lettersOnBoard } from './letters.ts'
import type { Cleanup } from './places.ts'

export const domain = 'kelompok1.com'

/** The 116 bytes of source A's client, as they were captured. */
export const captured =
  '{"sender":"ketua@kelompoksatu.com","recipient":"wireshark@rarww.com","subject":"wireshakrkk","body":"rararrrwwrrrr"}'

/** The 33 bytes of its answer. */
export const sent = 'Email successfully sent via SMTP.'

/** The sender of all its mail. */
export const ketua = 'ketua@kelompoksatu.com'

/** People: tito and iqbal. */
export function kelompok(
  test: Cleanup,
  change: (settings: Settings) => Settings = (settings) => settings,
): Promise<House> {
  return openHouse(test, { domain, change })
}

/** A stand-alone forwarder on loopback that relays to a port there, and may report to a board. */
export function forwarder(test: Cleanup, relayPort: number, reportTo?: House): Promise<House> {
  const url = reportTo ? `${pageOf(reportTo)}board/report` : ''
  return openHouse(test, {
    users: [],
    change: (settings) => ({
      ...settings,
      server: { ...settings.server, domains: [], name: 'vbox.myguest.virtualbox.org' },
      gateway: {
        ...settings.gateway,
        relay_host: '127.0.0.1',
        relay_port: relayPort,
        report_url: url,
      },
    }),
  })
}

/** The address of its page. */
export function pageOf(house: House): string {
  return `http://127.0.0.1:${house.port('http')}/`
}

/** What the page would show, newest first, at most 200. */
export async function cardsOf(house: House): Promise<Card[]> {
  const answer = await fetch(`${pageOf(house)}board/messages?limit=200`)
  assert.equal(answer.status, 200)
  const { cards } = (await answer.json()) as { cards: Card[] }
  return cards
}

/** The received bytes of every message that was taken, wherever it was for, oldest first. */
export async function takenBy(house: House): Promise<Buffer[]> {
  const { rooms, settings } = house.started
  assert.ok(rooms)
  const letters = await lettersOnBoard(rooms, settings.board.name)
  return letters.map(({ body }) => body)
}

/**
 * Resolves when the server has read everything that was sent to it before: by then it has answered
 * another client.
 */
export async function hasRead(house: House): Promise<void> {
  const other = await house.smtp()
  assert.match(await other.ask('QUIT'), /^221 /)
  other.end()
}
