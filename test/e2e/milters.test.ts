// A filter of other people, OpenDKIM from Debian, signs what leaves and verifies what comes.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { program } from '../support/debian.ts'
import { type House, openHouse } from '../support/house.ts'
import { openDkim, opendkim } from '../support/opendkim.ts'
import { freePorts, newFolder } from '../support/places.ts'

const openssl = await program('openssl')
const skip =
  opendkim === undefined || openssl === undefined ? 'opendkim and openssl are not installed' : false

it('OpenDKIM signs a message, and finds the signature good when it comes back', {
  skip,
}, async (t) => {
  const folder = newFolder(t)
  keyIn(folder)
  const [signer = 0, verifier = 0] = await freePorts(2)
  await openDkim(t, { folder, port: signer, mode: 's', internal: '127.0.0.1' })
  await openDkim(t, { folder, port: verifier, mode: 'v', internal: '192.0.2.1' })
  const signing = await filtered(t, signer)
  const text = [
    ...['From: tito@example.com', 'To: iqbal@example.com', 'Subject: signed', '\tand  folded'],
    ...[
      'X-Spaced:   three',
      'Date: Thu, 1 Jan 2026 00:00:00 +0000',
      '',
      'first',
      '.second',
      '',
      '',
    ],
  ].join('\r\n')
  assert.match(await signing.send(['iqbal@example.com'], text, 'tito@example.com'), /^250 /)
  const [bytes] = await signing.inbox('iqbal')
  const signed = bytes?.toString('latin1') ?? ''
  assert.match(signed, /^DKIM-Signature: v=1; a=rsa-sha256;.*\sd=example\.com;/s)
  assert.ok(signed.endsWith(text), 'the text itself is as it was')
  const verifying = await filtered(t, verifier)
  const result = async (body: string) => {
    assert.match(await verifying.send(['tito@example.com'], body), /^250 /)
    return `${(await verifying.inbox('tito')).at(-1)}`
  }
  assert.match(await result(signed), /^Authentication-Results: .*?dkim=pass/s)
  const forged = signed.replace('.second', '.other')
  assert.match(await result(forged), /^Authentication-Results: .*?dkim=fail/s)
})

/** A house whose mail passes a filter on that port. */
async function filtered(t: TestContext, port: number): Promise<House> {
  return await openHouse(t, {
    change: (settings) => ({
      ...settings,
      milter: { ...settings.milter, sockets: [`inet:127.0.0.1:${port}`], on_failure: 'reject' },
    }),
  })
}

/** A key, and what the DNS would say of it. */
function keyIn(folder: string): void {
  const key = join(folder, 'key')
  execFileSync(openssl ?? '', ['genrsa', '-out', key, '2048'], { stdio: 'ignore' })
  chmodSync(key, 0o600)
  const pem = execFileSync(openssl ?? '', ['rsa', '-in', key, '-pubout'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const pub = `${pem}`.replaceAll(/-----[^-]+-----|\s/g, '')
  writeFileSync(join(folder, 'keys'), `s1._domainkey.example.com v=DKIM1; k=rsa; p=${pub}\n`)
}
