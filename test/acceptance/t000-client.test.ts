// Source A's client, `amplop send`: what it says when all is well, and when something is down.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { domain, forwarder, kelompok, sent, takenBy } from '../support/kelompok.ts'
import { freePorts } from '../support/places.ts'
import { readMail } from '../support/read-mail.ts'
import { amplop } from '../support/running.ts'

const another = /another.*\?/i
const stack = /^\s+at /m

test('T000-01 no forwarder: told so, asked whether to go on, no crash', async (t) => {
  const [closed = 0] = await freePorts(1)
  const client = amplop(t, ['send', '--port', `${closed}`], {
    input: 'halo@halo.com\nhalo\nhalo\ny\nhalo@halo.com\nhalo\nhalo\nn\n',
  })
  assert.equal(await client.ended, 1)
  const said = client.output()
  const failures = [...said.matchAll(/Failed to connect to forwarder Connection refused/g)]
  assert.equal(failures.length, 2, said)
  assert.equal([...said.matchAll(new RegExp(another, 'gi'))].length, 2, said)
  assert.doesNotMatch(said, stack)
})

test('T000-02 the server behind the forwarder is down: its words, within 5 s', async (t) => {
  const [closed = 0] = await freePorts(1)
  const { port } = await forwarder(t, closed)
  const client = amplop(t, ['send', '--port', `${port('gateway')}`], { typing: true })
  const { stdin } = client.child
  for (const [prompt, line] of [
    [/To: $/, 'halo@halo.com'],
    [/Subject: $/, 'halo'],
    [/body.*: $/i, 'halo'],
  ] as const) {
    await client.said(prompt)
    stdin?.write(`${line}\n`)
  }
  const began = performance.now()
  await client.said(
    /^Server response: Error sending email via SMTP error message: \[Errno 111\] Connection refused$/m,
  )
  const ms = performance.now() - began
  assert.ok(ms < 5000, `${ms} ms`)
  await client.said(another)
  stdin?.end('n\n')
  assert.equal(await client.ended, 1)
  assert.doesNotMatch(client.output(), stack)
})

test('T000-14 the second message is what was typed for it, nothing of the first', async (t) => {
  const house = await kelompok(t)
  const client = amplop(t, ['send', '--port', `${house.port('gateway')}`], { typing: true })
  const { stdin } = client.child
  const typed: readonly (readonly [prompt: RegExp, line: string])[] = [
    [/To: $/, `tito@${domain}`],
    [/Subject: $/, 'iki tes 3'],
    [/body.*: $/i, 'satu'],
    [another, 'y'],
    [/another.*To: $/is, 'tes4@pens.id'],
    [/another.*Subject: $/is, 'iki tes 4'],
    [/another.*body.*: $/is, 'dua'],
    [/another.*another/is, 'n'],
  ]
  for (const [prompt, line] of typed) {
    await client.said(prompt)
    stdin?.write(`${line}\n`)
  }
  assert.equal(await client.ended, 0)
  assert.equal(client.output().split(`Server response: ${sent}\n`).length, 3, client.output())
  assert.deepEqual(
    (await takenBy(house)).map(readMail).map((mail) => [mail.field('To'), mail.subject, mail.body]),
    [
      [`tito@${domain}`, 'iki tes 3', 'satu\n'],
      ['tes4@pens.id', 'iki tes 4', 'dua\n'],
    ],
  )
})

test('T000-14 the same when all of it was typed ahead', async (t) => {
  const house = await kelompok(t)
  const input = `tito@${domain}\nsatu\nisi satu\ny\ntito@${domain}\ndua\nisi dua\nn\n`
  const client = amplop(t, ['send', '--port', `${house.port('gateway')}`], { input })
  assert.equal(await client.ended, 0)
  assert.deepEqual(
    (await house.inbox('tito')).map(readMail).map(({ subject, body }) => [subject, body]),
    [
      ['satu', 'isi satu\n'],
      ['dua', 'isi dua\n'],
    ],
  )
})
