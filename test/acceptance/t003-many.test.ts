// Many clients and many messages at once: nothing is mixed, nothing is lost.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { codes, inData, openSmtpd } from '../support/smtpd.ts'

const server = await openSmtpd({ after })
const { client, news } = server

for (const pairs of [1, 100]) {
  it(`T003-03 two clients, interleaved, ${pairs} times: each mail has its own text`, async () => {
    const texts = await Promise.all(
      Array.from({ length: pairs }, async (_, n) => {
        const [a, b] = [await inData(server, 'user1'), await inData(server, 'user2')]
        await a.write('Subject: para user2\r\n')
        assert.match(await b.ask(`Subject: b\r\n\r\nonly for user2, ${n}\r\n.`), /^250 /)
        await a.write('\r\n')
        assert.match(await a.ask(`only for user1, ${n}\r\n.`), /^250 /)
        for (const player of [a, b]) assert.match(await player.ask('QUIT'), /^221 /)
        return [
          `Subject: para user2\r\n\r\nonly for user1, ${n}\r\n`,
          `Subject: b\r\n\r\nonly for user2, ${n}\r\n`,
        ] as const
      }),
    )
    for (const [at, user] of [
      [0, 'user1'],
      [1, 'user2'],
    ] as const) {
      const stored = (await news(user)).map(({ body }) => `${body}`)
      assert.deepEqual(stored.sort(), texts.map((pair) => pair[at]).sort())
    }
  })
}

for (const [mails, sessions] of [
  [5, 1],
  [500, 10],
] as const) {
  it(`T003-19 ${mails} mails of one subject to one recipient at once: all are stored`, async () => {
    const each = mails / sessions
    const sent = await Promise.all(
      Array.from({ length: sessions }, async (_, session) => {
        const player = await client()
        await player.ask('EHLO user')
        const texts: string[] = []
        for (let n = 0; n < each; n++) {
          await codes(player, ['MAIL FROM: user@smtpd.com', 'RCPT TO: rcpt', 'DATA'])
          texts.push(`Subject: the same\r\n\r\n${session} ${n}\r\n`)
          assert.match(await player.ask(`${texts.at(-1)}.`), /^250 /)
        }
        assert.match(await player.ask('QUIT'), /^221 /)
        return texts
      }),
    )
    const stored = await news('rcpt')
    assert.equal(stored.length, mails)
    assert.deepEqual(stored.map(({ body }) => `${body}`).sort(), sent.flat().sort())
    assert.equal(new Set(stored.map(({ uid }) => uid)).size, mails)
  })
}
