// Every transcript, played line by line, in one burst, byte by byte and over TLS.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { type Feed, feeds, playTranscript } from '../../wire/testing/transcript.ts'
import { openSmtp } from './testing/server.ts'

const folder = new URL('./transcripts/', import.meta.url)
const server = await openSmtp({ after })
after(() => server.close())

for (const file of readdirSync(folder)) {
  const text = readFileSync(new URL(file, folder), 'utf8')
  describe(file, () => {
    for (const feed of Object.keys(feeds) as Feed[])
      it(feed, () => playTranscript(text, feed, server.dial))
    // Over TLS from the first byte STARTTLS is not offered: RFC 3207 §4.2.
    it('over TLS', () =>
      playTranscript(
        text.replaceAll(/^\d*S: 250-STARTTLS\n/gm, ''),
        'line by line',
        server.dialTls,
      ))
  })
}

it('the messages of the transcripts are in their mailboxes, each time', async () => {
  const inbox = await server.inbox('tito')
  assert.equal(inbox.filter((text) => text === 'Subject: hi\r\n\r\n.dot\r\n').length, 8)
  assert.equal((await server.inbox('iqbal')).length, 12)
})
