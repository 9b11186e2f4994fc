// Every transcript, played line by line, in one burst, byte by byte and over TLS, each time with
// accounts that have no mail.
import { readdirSync, readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { type Feed, feeds, playTranscript } from '../../wire/testing/transcript.ts'
import { openImap, type TestOptions } from './testing/server.ts'

const folder = new URL('./transcripts/', import.meta.url)
/** Settings that are not the usual ones, for a few. */
const settings: Readonly<Record<string, TestOptions>> = {
  'messagelimit.txt': { messagesMax: 3 },
  'savelimit.txt': { savesMax: 2 },
}
const usual = await openImap({ after })
after(() => usual.close())

for (const file of readdirSync(folder)) {
  const text = readFileSync(new URL(file, folder), 'utf8')
  const server = settings[file] ? await openImap({ after }, settings[file]) : usual
  if (server !== usual) after(() => server.close())
  describe(file, () => {
    for (const feed of Object.keys(feeds) as Feed[])
      it(feed, async () => {
        await server.renew()
        await playTranscript(text, feed, server.dial)
      })
    // Over TLS from the first byte STARTTLS is not offered: RFC 9051 §6.2.1.
    it('over TLS', async () => {
      await server.renew()
      await playTranscript(text.replaceAll(' STARTTLS', ''), 'line by line', server.dialTls)
    })
  })
}
