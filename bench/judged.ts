// What it costs to judge mail: SPF, DKIM, DMARC and the points of junk, for messages that are signed
// and come from a stranger. Beside the same server, that takes them from a neighbour.
import { rsaKey, signedBy } from '../src/trust/testing/signing.ts'
import { type Peer, startScript } from './peers.ts'

const line = `${'word '.repeat(14)}\r\n`
const plain =
  'Subject: load\r\nFrom: <sender@client.example>\r\nTo: <load@bench.example>\r\n' +
  `Date: Sun, 1 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@client.example>\r\n\r\n${line.repeat(53)}`

export interface Judged {
  readonly peer: Peer
  /** A message of 4 KB that proves where it is from. */
  readonly text: string
}

export async function startJudged(folder: string): Promise<Judged> {
  const key = rsaKey()
  const args = [folder, 'load@bench.example', '', '', key.record]
  const fields = ['from', 'to', 'subject', 'date', 'message-id']
  return {
    peer: await startScript('judging', './amplop-server.ts', ...args),
    text: signedBy(plain, { domain: 'client.example', key, fields }),
  }
}
