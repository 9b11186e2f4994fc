// Messages made to cost: nested, split and headed beyond reason. Each is answered soon, and a client
// beside it hardly waits.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { openSmtp } from '../../src/protocols/smtp/testing/server.ts'
import type { Player } from '../../src/wire/testing/transcript.ts'

const whole = process.env.AMPLOP_ATTACK === 'whole'
const many = whole ? 100_000 : 10_000
/** Of the answer to a bomb, and of a NOOP beside it; other tests may have the machine as well. */
const answerMaxMs = 10_000
const besideMaxMs = whole ? 1_000 : 4_000

const repeated = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n)).join('')

const bombs: readonly (readonly [string, string])[] = [
  [
    'multiparts in multiparts',
    repeated(
      many,
      (n) =>
        `${n === 0 ? '' : `--b${n - 1}\r\n`}Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n`,
    ),
  ],
  ['messages in messages', repeated(many, () => 'Content-Type: message/rfc822\r\n\r\n')],
  [
    'empty parts',
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\n'.repeat(many * 8)}--b--\r\n`,
  ],
  ['comments in comments', `From: ${'('.repeat(many)}\r\n\r\n`.replace(/(\({900})/g, '$1\r\n ')],
  [
    'groups in groups',
    `To: ${'a: '
      .repeat(300)
      .concat('\r\n ')
      .repeat(many / 300)}\r\n\r\n`,
  ],
  ['addresses', `To: ${repeated(many, (n) => `a${n}@example.org,\r\n `)}b@example.org\r\n\r\n`],
  ['fields', `${repeated(many * 2, (n) => `To: a${n}@example.org\r\n`)}\r\n`],
  ['parameters', `Content-Type: text/plain${repeated(many, (n) => `;\r\n name*${n}*=x`)}\r\n\r\n`],
  ['encoded words', `Subject: ${'=?utf-8?q?=41?=\r\n '.repeat(many)}x\r\n\r\n`],
  [
    'boundaries that are no boundaries',
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--\r\n--bb\r\n'.repeat(many * 4)}`,
  ],
  [
    'parameters of many parts',
    `Content-Type: multipart/mixed; boundary=b\r\n\r\n${repeated(
      many / 20,
      () =>
        `--b\r\nContent-Type: a/b${repeated(8, (n) => `;\r\n p${n}="=?utf-8?q?=41?="`)}\r\n\r\n`,
    )}--b--\r\n`,
  ],
  [
    'envelopes of many messages',
    `Content-Type: multipart/digest; boundary=b\r\n\r\n${'--b\r\n\r\nTo: a@b, c@d\r\n\r\n'.repeat(many / 20)}--b--\r\n`,
  ],
  ['blank lines', `\r\n${'\r\n'.repeat(many * 4)}`],
  [
    'tags',
    `Content-Type: text/html\r\n\r\n${'<a>'
      .repeat(300)
      .concat('\r\n')
      .repeat(many / 300)}`,
  ],
  ['references', `References: ${'<a@b>\r\n '.repeat(many)}<c@d>\r\n\r\n`],
]

// A client that asks all the time is not to be ended for it.
const server = await openSmtp({ after }, { idleCommandsMax: Number.POSITIVE_INFINITY })
after(() => server.close())

for (const [name, bomb] of bombs)
  it(`${name}: answered soon, and nobody waits for it`, async () => {
    const [client, beside] = await Promise.all([server.client(), server.client()])
    for (const line of ['EHLO a', 'MAIL FROM:<eve@example.org>', 'RCPT TO:<tito@example.com>'])
      assert.match(await client.ask(line), /^250/)
    assert.match(await client.ask('DATA'), /^354/)
    const began = performance.now()
    const state = { over: false }
    const longest = watch(beside, state)
    await client.write(`${bomb}\r\n.\r\n`)
    const reply = await client.line(answerMaxMs)
    const ms = performance.now() - began
    state.over = true
    const waitedMs = await longest
    const figures = `${reply} after ${ms.toFixed(0)} ms, NOOP ${waitedMs.toFixed(0)} ms`
    assert.match(reply, /^(250|5\d\d) /, figures)
    assert.ok(ms < answerMaxMs && waitedMs < besideMaxMs, figures)
    if (whole) console.log(`${name}: ${figures}`)
    client.end()
    beside.end()
  })

/** The longest that a NOOP waited until all is over. */
async function watch(client: Player, state: { readonly over: boolean }): Promise<number> {
  let longest = 0
  while (!state.over) {
    const began = performance.now()
    assert.match(await client.ask('NOOP'), /^250/)
    longest = Math.max(longest, performance.now() - began)
  }
  return longest
}
