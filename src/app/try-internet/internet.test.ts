// The story of the small Internet: who delivers, who makes us wait, who refuses, and what a strict
// receiver makes of mail whose records are missing.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Consignment } from '../../queue/courier.ts'
import { type InternetOptions, openInternet } from './internet.ts'

const text = 'From: tito@example.com\r\nSubject: hi\r\n\r\n.dotted\r\nhello\r\n'

async function open(t: TestContext, options: Partial<InternetOptions> = {}) {
  const given = { serverName: 'mail.example.com', domains: ['example.com'], slowMs: 1, downMs: 1 }
  const internet = await openInternet({ ...given, ...options })
  t.after(() => internet.close())
  return internet
}

function mailTo(destination: string): Consignment {
  const mail = {
    from: { local: 'tito', domain: 'example.com' },
    to: [{ local: 'friend', domain: destination }],
    body: async function* () {
      yield Buffer.from(text)
    },
    size: text.length,
    smtpUtf8: false,
  }
  return { message: 'm', destination, mail, attempts: 0 }
}

test('everybody in it answers in their own way', async (t) => {
  const { courier } = await open(t)
  const said = async (domain: string) => {
    const { tried, recipients, failure } = await courier.deliver(mailTo(domain))
    return { code: recipients[0]?.code, host: tried.at(-1)?.hop, said: tried.at(-1)?.said, failure }
  }
  assert.match((await said('greylist.test')).said ?? '', /^451 4\.7\.1 Greylisted/)
  assert.equal((await said('greylist.test')).code, 250)
  assert.match((await said('slow.test')).said ?? '', /after a while/)
  assert.match((await said('refuse.test')).said ?? '', /^550 5\.1\.1 There is no friend@refuse/)
  assert.equal((await said('brokentls.test')).code, 250)
  const down = await said('down.test')
  assert.deepEqual([down.code, down.failure], [0, 'Connection refused'])
  // Its minute is a timer: whoever only awaits answers would never let it pass.
  while ((await said('down.test')).code !== 250) await turn()
  assert.match((await said('nobody.test')).failure || 'none', /none/)
  assert.equal((await said('nobody.test')).code, 550)
})

test('what is not signed is put into spam, with the sentence why, byte for byte', async (t) => {
  const { courier, bigmail } = await open(t, { without: ['spf'] })
  const { tried } = await courier.deliver(mailTo('bigmail.test'))
  assert.match(tried[0]?.tls ?? '', /^TLSv1\.3/)
  assert.match(tried[0]?.said ?? '', /^250 2\.0\.0 Put into spam: no SPF record .* not signed it/)
  assert.equal(bigmail[0]?.folder, 'spam')
  assert.equal(bigmail[0]?.text, text)
})

test('addresses that lead to nobody are never dialled', async (t) => {
  const { courier } = await open(t)
  const attempt = await courier.deliver(mailTo('[192.0.2.1]'))
  assert.equal(attempt.failure, 'Connection refused')
})
