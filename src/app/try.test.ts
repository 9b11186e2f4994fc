// The settings of a try-out: loopback only, its ports, its users, nothing left.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { loopback, Networks } from '../base/networks.ts'
import type { Place } from './config/kinds.ts'
import { addressOf, portOffsetMax, tryOut } from './try.ts'

const domains = ['example.com', 'shop.test']

function placesOf(portOffset: number | undefined) {
  const { settings, cleanUp } = tryOut({ data: undefined, portOffset, domains })
  cleanUp()
  const { smtp, submission, pop3, imap, managesieve, gateway, http } = settings
  return {
    smtp: smtp.listen,
    submission: submission.listen,
    submissions: submission.tls_listen,
    pop3: pop3.listen,
    pop3s: pop3.tls_listen,
    imap: imap.listen,
    imaps: imap.tls_listen,
    sieve: managesieve.listen,
    gateway: [...gateway.tcp, ...gateway.udp],
    http: http.listen,
    others: [...gateway.tls, ...http.tls_listen],
  }
}

const offsets = [
  [undefined, { gateway: 1239, sieve: 4190, pop3: 1110, pop3s: 1995 }],
  [
    undefined,
    { smtp: 2525, submission: 2587, submissions: 2465, imap: 1143, imaps: 1993, http: 8080 },
  ],
  [20_000, { sieve: 24_190, submission: 20_587, pop3: 20_110, pop3s: 20_995, http: 28_080 }],
  [20_000, { smtp: 20_025, submissions: 20_465, imap: 20_143, imaps: 20_993, gateway: 21_239 }],
  [portOffsetMax, { http: 65_535 }],
] as const

for (const [offset, ports] of offsets) {
  test(`the ports of ${Object.keys(ports)} with offset ${offset}, on loopback only`, () => {
    const places = placesOf(offset)
    assert.deepEqual(places.others, [])
    for (const [service, port] of Object.entries(ports))
      for (const place of places[service as keyof typeof places] as readonly Place[])
        assert.equal(place.port, port)
    const near = new Networks(loopback)
    for (const { host } of Object.values(places).flat()) assert.ok(near.has(host), host)
  })
}

test('a temporary folder goes, a given one stays', () => {
  const temporary = tryOut({ data: undefined, portOffset: undefined, domains })
  const { data } = temporary.settings.server
  assert.ok(existsSync(data))
  temporary.cleanUp()
  temporary.cleanUp()
  assert.equal(existsSync(data), false)

  const folder = mkdtempSync(join(tmpdir(), 'amplop-kept-'))
  tryOut({ data: folder, portOffset: undefined, domains }).cleanUp()
  assert.ok(existsSync(folder))
  rmSync(folder, { recursive: true })
})

test('a user without a domain is of the first one; all mail shows on the page', () => {
  assert.equal(addressOf('tito', domains), 'tito@example.com')
  assert.equal(addressOf('tito@shop.test', domains), 'tito@shop.test')
  const { settings, cleanUp } = tryOut({ data: undefined, portOffset: 1, domains })
  cleanUp()
  assert.equal(settings.server.postmaster, 'postmaster@example.com')
  assert.equal(settings.board.everything, true)
  assert.deepEqual(settings.server.trusted_networks, loopback)
})
