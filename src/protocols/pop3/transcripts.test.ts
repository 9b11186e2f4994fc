// Every transcript, played line by line, in one burst, byte by byte and over TLS.
import { after, beforeEach } from 'node:test'
import { playFourWays } from '../../wire/testing/four-ways.ts'
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

playFourWays(folder, { ...server, underTls })

/** STLS is not offered (RFC 2595 §4), and logins may be bound to the channel. */
function underTls(text: string): string {
  return text
    .replaceAll('S: STLS\n', '')
    .replaceAll('S: SASL ', 'S: SASL SCRAM-SHA-256-PLUS ')
    .replaceAll('S: SCRAM-SHA-256\n', 'S: SCRAM-SHA-256-PLUS\nS: SCRAM-SHA-256\n')
}
