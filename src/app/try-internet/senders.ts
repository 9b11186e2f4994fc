// Strangers who write to whoever writes to them: a newsletter, which proves who it is and says how
// to leave it, and a spammer, who does neither.
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { formatDate } from '../../message/header-date.ts'
import { SealedText } from '../../trust/dkim/sealed-text.ts'
import { signDkim } from '../../trust/dkim/sign.ts'
import { reverseName } from '../../trust/dns/names.ts'
import type { Heard } from './bot.ts'
import type { Call } from './caller.ts'

export type Mail = Omit<Call, 'address' | 'hello'>

export interface Sender {
  readonly domain: string
  /** Records of the domain besides MX and address; "@" is the address. */
  readonly records: (address: string) => readonly string[]
  /** The reply, and what is sent to those who wrote. */
  take(heard: Heard): Promise<{ readonly reply: string; readonly mail: readonly Mail[] }>
}

/** Of more, the oldest are dropped: it is a small newsletter. */
const readersMax = 1_000

export class Newsletter implements Sender {
  readonly domain = 'newsletter.test'
  readonly #key: KeyObject
  readonly #public: string
  readonly #readers = new Map<string, number>()

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    this.#key = privateKey
    const { x = '' } = publicKey.export({ format: 'jwk' })
    this.#public = Buffer.from(x, 'base64url').toString('base64')
  }

  records(address: string): readonly string[] {
    return [
      `newsletter.test TXT "v=spf1 ip4:${address} -all"`,
      '_dmarc.newsletter.test TXT "v=DMARC1; p=reject"',
      `n1._domainkey.newsletter.test TXT "v=DKIM1; k=ed25519; p=${this.#public}"`,
      `${reverseName(address)} PTR mx.newsletter.test`,
    ]
  }

  async take({ from, to }: Heard) {
    if (from === '') return { reply: '250 2.0.0 Noted', mail: [] }
    if (to.some((one) => one.startsWith('leave@'))) {
      this.#readers.delete(from)
      return { reply: '250 2.0.0 You hear no more of us', mail: [] }
    }
    const issue = (this.#readers.get(from) ?? 0) + 1
    this.#readers.delete(from)
    this.#readers.set(from, issue)
    const [oldest] = this.#readers.keys()
    if (this.#readers.size > readersMax && oldest !== undefined) this.#readers.delete(oldest)
    const mail = [
      { from: 'bounce@newsletter.test', to: from, text: await this.#letter(from, issue) },
    ]
    return { reply: `250 2.0.0 Number ${issue} is on its way to you`, mail }
  }

  async #letter(to: string, issue: number): Promise<string> {
    const now = Date.now()
    const text = lines(
      'From: The Daily Envelope <editor@newsletter.test>',
      `To: <${to}>`,
      `Subject: The Daily Envelope, number ${issue}`,
      `Date: ${formatDate(now)}`,
      `Message-ID: <${now}.${issue}@newsletter.test>`,
      'List-Id: The Daily Envelope <daily.newsletter.test>',
      'List-Unsubscribe: <mailto:leave@newsletter.test>',
      '',
      'Good morning,',
      '',
      'you wrote to us, so here is our newsletter. It comes from the host that our domain names,',
      'and our domain has signed it: your server can see that it is from us.',
      '',
      'To hear no more of us, write to leave@newsletter.test.',
    )
    const bytes = Buffer.from(text)
    const sealed = new SealedText(bytes, async function* () {
      yield bytes
    })
    const key = { domain: 'newsletter.test', selector: 'n1', key: this.#key }
    return (await signDkim(sealed, [{ ...key, algorithm: 'ed25519-sha256' }], now)) + text
  }
}

export class Spammer implements Sender {
  readonly domain = 'spammer.test'
  #count = 0

  /** bigmail.test says who may send for it; the spammer has no name of its own. */
  records(): readonly string[] {
    return ['bigmail.test TXT "v=spf1 mx -all"', '_dmarc.bigmail.test TXT "v=DMARC1; p=quarantine"']
  }

  async take({ from }: Heard) {
    if (from === '') return { reply: '250 2.0.0 OK', mail: [] }
    const mail = [this.#feigned(from), this.#prize(from)]
    return { reply: '250 2.0.0 You will hear from us', mail }
  }

  /** As if from somebody else. */
  #feigned(to: string): Mail {
    const text = lines(
      'From: "Big Mail Security" <security@bigmail.test>',
      ...this.#head(to, 'Your mailbox is closed today'),
      'Dear customer,',
      '',
      'confirm your password within 24 hours: http://198.51.100.66/login',
    )
    return { from: 'security@bigmail.test', to, text }
  }

  #prize(to: string): Mail {
    const text = lines(
      'From: Lucky Draw <prize@spammer.test>',
      ...this.#head(to, 'WINNER!!! You have won 1,000,000'),
      'Congratulations! Send us your name, your bank and your number to have your prize.',
    )
    return { from: 'prize@spammer.test', to, text }
  }

  #head(to: string, subject: string): readonly string[] {
    const now = Date.now()
    return [
      `To: <${to}>`,
      `Subject: ${subject}`,
      `Date: ${formatDate(now)}`,
      `Message-ID: <${now}.${++this.#count}@spammer.test>`,
      '',
    ]
  }
}

function lines(...all: readonly string[]): string {
  return `${all.join('\r\n')}\r\n`
}
