// Every transcript, played line by line, in one burst, byte by byte and over TLS.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { loopback, Networks } from '../../base/networks.ts'
import { type Feed, feeds, playTranscript } from '../../wire/testing/transcript.ts'
import type { SmtpOptions } from './session.ts'
import { openSmtp } from './testing/server.ts'

const folder = new URL('./transcripts/', import.meta.url)
const plain = await openSmtp({ after })

/** The servers that are not like all others, by transcript. */
const options: Readonly<Record<string, Partial<SmtpOptions>>> = {
  'asked.txt': {
    face: 'submission',
    errorsMax: 100,
    offers: new Set(['DSN', 'REQUIRETLS', 'MT-PRIORITY', 'DELIVERBY', 'FUTURERELEASE']),
  },
  'lmtp.txt': { face: 'lmtp' },
  'lmtp-chunking.txt': { face: 'lmtp' },
  'xclient.txt': { xclient: new Networks(loopback) },
  'require.tls.txt': { offers: new Set(['REQUIRETLS', 'MT-PRIORITY', 'DELIVERBY']) },
}

const played: { file: string; server: Awaited<ReturnType<typeof openSmtp>> }[] = []
// All of them before the first test: hooks that close them may run as soon as no test is left.
for (const file of readdirSync(folder)) {
  const own = options[file]
  const proxied = file === 'proxy.plain.txt' ? { proxies: new Networks(loopback) } : undefined
  const server = own || proxied ? await openSmtp({ after }, own, proxied) : plain
  after(() => server.close())
  played.push({ file, server })
}

for (const { file, server } of played) {
  const text = readFileSync(new URL(file, folder), 'utf8')
  const onlyTls = file.endsWith('.tls.txt')
  describe(file, () => {
    for (const feed of Object.keys(feeds) as Feed[])
      it(feed, () => playTranscript(text, feed, onlyTls ? server.dialTls : server.dial))
    // Before TLS there is no dialling as usual.
    if (file.endsWith('.plain.txt')) return
    it('over TLS', () => playTranscript(underTls(text), 'line by line', server.dialTls))
  })
}

/** Under TLS STARTTLS is not offered (RFC 3207 §4.2), and REQUIRETLS may be (RFC 8689 §2). */
function underTls(text: string): string {
  const offered = text.includes('S: 250-DSN\n') ? 'S: 250-DSN\nS: 250-REQUIRETLS\n' : ''
  const refused =
    'C: MAIL FROM:<tito@example.com> REQUIRETLS\nS: 555 5.5.4 Parameter not recognized\n'
  return text
    .replaceAll(/^\d*S: 250-STARTTLS\n/gm, '')
    .replace('S: 250-DSN\n', offered)
    .replace(refused, '')
}

it('the messages of the transcripts are in their mailboxes, each time', async () => {
  const inbox = await plain.inbox('tito')
  assert.equal(inbox.filter((text) => text === 'Subject: hi\r\n\r\n.dot\r\n').length, 8)
  assert.equal((await plain.inbox('iqbal')).length, 12)
})
