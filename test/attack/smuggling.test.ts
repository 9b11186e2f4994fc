// SMTP smuggling: 391 ways in which a text may end for one server and not for another, each with a
// second transaction behind it. Never are they two messages, and never is a command heard.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { SmtpOptions } from '../../src/protocols/smtp/session.ts'
import { openSmtp } from '../../src/protocols/smtp/testing/server.ts'
import { Player } from '../../src/wire/testing/transcript.ts'
import { attempts, each, endings, forged, seed } from './matrix.ts'

/** How the bytes are cut into segments. */
const framings = {
  'in one segment': (text: string, ending: string, more: string) => [text + ending + more],
  'byte by byte': (...parts: string[]) => [...Buffer.from(parts.join(''))].map((b) => Buffer.of(b)),
  'cut at the sequence': (...parts: string[]) => parts,
  'over TLS': (...parts: string[]) => [parts.join('')],
} as const

type Framing = keyof typeof framings

const servers = {
  smtp: await openSmtp({ after }),
  submission: await openSmtp({ after }, { face: 'submission' }),
  lmtp: await openSmtp({ after }, { face: 'lmtp' }),
}
after(() => Promise.all(Object.values(servers).map((server) => server.close())))

it('there are 391 of them', () => assert.equal(endings.length, 391))

for (const face of ['smtp', 'submission', 'lmtp'] as const) {
  const server = servers[face]
  for (const framing of Object.keys(framings) as Framing[])
    it(`nothing is smuggled into ${face}, ${framing}`, async () => {
      const stored = (await server.inbox('iqbal')).length
      let accepted = 0
      await each(attempts(endings, 25), async (ending) => {
        const socket = await (framing === 'over TLS' ? server.dialTls() : server.dial())
        const client = new Player(socket)
        await inData(client, face)
        const replies = await smuggle(client, ending, framing)
        const name = `${JSON.stringify(ending)} AMPLOP_SEED=${seed}`
        assert.match(
          replies.join('|'),
          /^(?:(?:250 2\.0\.0|550 5\.5\.2) .*\|221 .*|550 5\.5\.2 [^|]*)$/,
          name,
        )
        if (replies[0]!.startsWith('250')) accepted++
      })
      const texts = await server.inbox('iqbal')
      assert.equal(texts.length - stored, accepted)
      for (const text of texts) assert.match(text, /MAIL FROM:<eve@/)
      assert.deepEqual(await server.inbox('tito'), [])
    })
}

async function inData(client: Player, face: SmtpOptions['face']): Promise<void> {
  await client.line()
  await client.ask(face === 'lmtp' ? 'LHLO me' : 'EHLO me')
  if (face === 'submission') await client.ask(`AUTH PLAIN ${btoa('\0tito\0amplop')}`)
  await client.ask('MAIL FROM:<ann@example.org>')
  await client.ask('RCPT TO:<iqbal@example.com>')
  assert.match(await client.ask('DATA'), /^354 /)
}

/** Says the text, the ending and what is to be smuggled; every reply until the session is over. */
async function smuggle(client: Player, ending: string, framing: Framing): Promise<string[]> {
  for (const part of framings[framing]('text', ending, forged)) {
    await client.write(part)
    if (framing !== 'in one segment') await turn()
  }
  const replies: string[] = []
  for (let line = await client.line(); line !== '<closed>'; line = await client.line())
    replies.push(line)
  client.end()
  return replies
}
