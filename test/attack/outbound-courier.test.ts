// Out through the queue's courier and its kept connections: whatever a text has in it, a hop that
// believes every end of a text there ever was hears one message for each that was sent.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { Networks } from '../../src/base/networks.ts'
import { HopPool } from '../../src/protocols/smtp/client-pool.ts'
import { MxCourier } from '../../src/queue/mx-courier.ts'
import { ZoneDns } from '../../src/trust/dns/zone-dns.ts'
import { StsPolicies } from '../../src/trust/mta-sts.ts'
import { CredulousHop } from './credulous-hop.ts'
import { attempts, each, endings, forged, seed } from './matrix.ts'

const dns = new ZoneDns('far.example MX 10 mx.far.example\nmx.far.example A 127.0.0.1')

/** What a hop may offer, and so each way in which a message goes out. */
const ways: Readonly<Record<string, readonly string[]>> = {
  'line by line': [],
  'in one burst': ['PIPELINING'],
  'in one burst, 8-bit': ['PIPELINING', '8BITMIME', 'SMTPUTF8'],
  'by chunks': ['PIPELINING', 'CHUNKING', '8BITMIME', 'SMTPUTF8', 'SIZE 100000000'],
  'by chunks, one after the other': ['CHUNKING', '8BITMIME'],
}

const sizes = [1, 3, 10_000]
const from = { local: 'ann', domain: 'example.org' }
const to = [
  { local: 'iqbal', domain: 'far.example' },
  { local: 'ana', domain: 'far.example' },
]

function courierTo(port: number) {
  const hops = new HopPool({
    ...{ hostname: () => 'us.example', connectTimeoutMs: 20_000, replyTimeoutMs: 20_000 },
    ...{ finalTimeoutMs: 20_000, idleMs: 60_000, idleMax: 10, messagesMax: 100 },
  })
  after(() => hops.close())
  const sts = new StsPolicies({ dns, fetch: () => Promise.reject(new Error('none')) })
  const allowed = () => new Networks(['127.0.0.0/8'])
  return new MxCourier({ dns, hops, sts, port, isOurs: () => false, allowed })
}

const cuts = endings.flatMap((ending) => sizes.map((size) => ({ ending, size })))

describe('nothing is smuggled out by the courier', () => {
  for (const [name, offers] of Object.entries(ways))
    it(name, async () => {
      const hop = new CredulousHop({ offers })
      const courier = courierTo(await hop.listen())
      after(() => hop.close())
      let taken = 0
      await each(attempts(cuts, 40), async ({ ending, size }) => {
        const bytes = Buffer.from(`Subject: x\r\n\r\ntext${ending}${forged}`)
        const body = async function* () {
          for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
        }
        const mail = { from, to, body, size: bytes.length, smtpUtf8: false }
        const what = { message: 'm', destination: 'far.example', mail, attempts: 0 }
        const { recipients, failure } = await courier.deliver(what)
        const codes = recipients.map(({ code }) => code).join(' ')
        // 554: what has 8 bits and cannot be told in 7.
        const told = JSON.stringify({ ending, size, seed, codes, failure, recipients })
        assert.match(codes, /^(250 250|554 554)$/, told)
        if (codes === '250 250') taken++
      })
      assert.ok(taken > 0)
      assert.equal(hop.texts.length, taken)
      const heard = hop.commands.filter((line) => !/^(EHLO|RSET|DATA|BDAT|QUIT)\b/.test(line))
      for (const line of heard)
        assert.match(line, /^(MAIL FROM:<ann@example\.org>|RCPT TO:<(iqbal|ana)@far\.example>)/)
      assert.equal(heard.filter((line) => line.startsWith('MAIL')).length, taken)
      for (const text of hop.texts) assert.match(text, /MAIL FROM:<eve@/)
      // Connections were kept: what one message left behind, the next would have said.
      assert.ok(hop.sessions < taken, `${hop.sessions} connections for ${taken} messages`)
    })
})

it('the hop is as credulous as it should be', () => {
  const hop = new CredulousHop({ offers: [] })
  // What a client that changes nothing would have it believe.
  const said: string[] = []
  const ends = ['\n.\n', '\n.\r\n', '\r\n.\n', '\r.\r\n', '\r\n.\r\n']
  for (const end of ends) hop.overheard(`DATA\r\ntext${end}${forged}`, (reply) => said.push(reply))
  assert.equal(hop.texts.filter((text) => text === 'forged').length, ends.length)
})
