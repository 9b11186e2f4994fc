// Every transcript, played line by line, in one burst, byte by byte and over TLS.
import { readdirSync, readFileSync } from 'node:fs'
import { after, beforeEach, describe, it } from 'node:test'
import { type Feed, feeds, playTranscript } from '../../wire/testing/transcript.ts'
import { openPop3 } from './testing/server.ts'

const folder = new URL('./transcripts/', import.meta.url)
const server = await openPop3({ after })
after(() => server.close())

/** A message of exactly so many bytes. */
function letter(subject: string, bytes: number): string {
  const head = `Subject: ${subject}\r\n\r\n`
  return `${head}${'x'.repeat(bytes - head.length - 2)}\r\n`
}

beforeEach(async () => {
  await server.clear()
  await server.put(letter('one', 120), letter('two', 200))
})

for (const file of readdirSync(folder)) {
  const text = readFileSync(new URL(file, folder), 'utf8')
  describe(file, () => {
    for (const feed of Object.keys(feeds) as Feed[])
      it(feed, () => playTranscript(text, feed, server.dial))
    it('over TLS', () => playTranscript(underTls(text), 'line by line', server.dialTls))
  })
}

/** STLS is not offered (RFC 2595 §4), and logins may be bound to the channel. */
function underTls(text: string): string {
  return text
    .replaceAll('S: STLS\n', '')
    .replaceAll('S: SASL ', 'S: SASL SCRAM-SHA-256-PLUS ')
    .replaceAll('S: SCRAM-SHA-256\n', 'S: SCRAM-SHA-256-PLUS\nS: SCRAM-SHA-256\n')
}
