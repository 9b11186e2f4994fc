// The fields that a message gets here: RFC 5321 §4.4 for all, RFC 6409 §8 for those submitted.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { accountId, bytesIn } from '../../delivery/testing/house.ts'
import { openSmtp } from './testing/server.ts'

const faces = {
  smtp: await openSmtp({ after }),
  submission: await openSmtp({ after }, { face: 'submission' }),
  lmtp: await openSmtp({ after }, { face: 'lmtp' }),
}
after(() => Promise.all(Object.values(faces).map((server) => server.close())))

/** Sends `text` from tito to iqbal; what was put before it, and its trace. */
async function sent(face: keyof typeof faces, text: string) {
  const server = faces[face]
  const client = await server.client()
  await client.ask(face === 'lmtp' ? 'LHLO me' : 'EHLO me')
  if (face === 'submission') await client.ask(`AUTH PLAIN ${btoa('\0tito\0amplop')}`)
  for (const line of ['MAIL FROM:<tito@example.com>', 'RCPT TO:<iqbal@example.com>', 'DATA'])
    await client.ask(line)
  assert.match(await client.ask(`${text}\r\n.`), /^250 /)
  const account = await accountId(server.house, 'iqbal@example.com')
  const { prefix } = (await bytesIn(server.house, account)).at(-1)!
  const [trace] = await server.house.traces.list({ limit: 1 })
  return { fields: prefix.replaceAll(/\r\n[ \t]+/g, ' '), trace }
}

const trace = /^Return-Path: <tito@example\.com>\r\nReceived: from me [^\r]*; [^\r]*\r\n/

it('a submitted message without Date and Message-ID gets them', async () => {
  const { fields, trace: kept } = await sent('submission', 'Subject: bare\r\n\r\ntext')
  assert.match(
    fields.replace(trace, ''),
    /^Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000\r\nMessage-ID: <[^\s<>@]+@mail\.example\.com>\r\n$/,
  )
  assert.equal(`<${kept?.messageId}>`, /Message-ID: (.*)\r\n$/.exec(fields)?.[1])
})

it('what it has, good or bad, is left as it is', async () => {
  const date = 'Date: yesterday\r\n'
  const id = 'message-id: <mine@example.com>\r\n'
  const { fields } = await sent('submission', `${date}${id}\r\ntext`)
  assert.equal(fields.replace(trace, ''), '')
  assert.match(
    (await sent('submission', `${date}\r\ntext`)).fields.replace(trace, ''),
    /^Message-ID: /,
  )
  assert.match((await sent('submission', `${id}\r\ntext`)).fields.replace(trace, ''), /^Date: /)
})

it('a message from elsewhere gets nothing but its trace', async () => {
  for (const face of ['smtp', 'lmtp'] as const) {
    const { fields } = await sent(face, 'Subject: bare\r\n\r\ntext')
    assert.match(fields, trace)
    assert.equal(fields.replace(trace, ''), '')
    assert.match(fields, new RegExp(` with ${face === 'lmtp' ? 'LMTP' : 'ESMTP'} id `))
  }
})
