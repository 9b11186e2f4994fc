// Everything that is found out about where a message comes from, in one go and within one time.
// Knows what is proved; what follows from it is decided by delivery.

import { mailboxesOf, writtenAddressList } from '../message/address-list.ts'
import { type ArcResult, verifyArc } from './arc/verify.ts'
import { Keys } from './dkim/keys.ts'
import type { SealedText } from './dkim/sealed-text.ts'
import { type DkimResult, verifyDkim } from './dkim/verify.ts'
import { checkDmarc, type DmarcResult } from './dmarc/dmarc.ts'
import type { Dns, DnsAnswer, RecordType } from './dns/dns.ts'
import { questionName } from './dns/names.ts'
import type { Listings } from './host-lists.ts'
import { checkIprev, type IprevResult } from './iprev.ts'
import { checkSpf, type SpfAnswer, spfLimits } from './spf/spf.ts'

/** Where a message came from, as plain data. */
export interface Origin {
  readonly iprev: IprevResult
  readonly spf: SpfAnswer
  /** What SPF answered for. */
  readonly identity: 'mailfrom' | 'helo'
  readonly dkim: readonly DkimResult[]
  readonly arc: ArcResult
  readonly dmarc: DmarcResult
  /** What lists of hosts say; undefined where none is asked. */
  readonly lists?: Listings
}

/** What is known of a message before its text. */
export interface Sender {
  readonly address: string
  readonly helo: string
  readonly local: string
  /** Of MAIL FROM, or "". */
  readonly domain: string
}

/** RFC 7208 §4.6.4 asks for as much at least. */
const timeMaxMs = 20_000

export class Verifier {
  readonly #dns: Dns
  readonly #keys: Keys
  readonly #receiver: string

  /** `receiver`: our own name. */
  constructor(dns: Dns, receiver: string) {
    this.#dns = dns
    this.#keys = new Keys(dns)
    this.#receiver = receiver
  }

  /** `from`: the one domain that the From field names, or "". `now` in milliseconds since 1970. */
  async verify(text: SealedText, sender: Sender, from: string, now: number): Promise<Origin> {
    const dns = within(this.#dns, performance.now() + timeMaxMs)
    const { local, domain, helo, address } = sender
    const question = { address, helo, local, domain, receiver: this.#receiver, now }
    const [iprev, spf, dkim, arc] = await Promise.all([
      checkIprev(address, dns),
      checkSpf(question, dns, spfLimits),
      verifyDkim(text, this.#keys, now),
      verifyArc(text, this.#keys),
    ])
    const dmarc = await checkDmarc({ from, spf, dkim }, dns)
    return { iprev, spf, identity: domain === '' ? 'helo' : 'mailfrom', dkim, arc, dmarc }
  }
}

/** A DNS that fails every question after a point in time, and those open then. */
function within(dns: Dns, until: number): Dns {
  return {
    query<T extends RecordType>(name: string, type: T): Promise<DnsAnswer<T>> {
      const left = until - performance.now()
      const late: DnsAnswer<T> = { is: 'failed', why: 'took too long' }
      if (left <= 0) return Promise.resolve(late)
      const { promise, resolve } = Promise.withResolvers<DnsAnswer<T>>()
      const timer = setTimeout(() => resolve(late), left)
      void dns.query(name, type).then((answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
      return promise
    },
  }
}

/**
 * The domain whose word the From field is, or what is wrong: RFC 7489 §6.6.1 leaves what has none,
 * or several, to the receiver.
 */
export function authorDomain(text: SealedText): { domain: string } | { wrong: string } {
  const fields = text.named('from')
  if (fields.length === 0) return { wrong: 'it has no From field' }
  if (fields.length > 1) return { wrong: `it has ${fields.length} From fields` }
  const list = mailboxesOf(writtenAddressList(fields[0]!.value))
  const domains = new Set(
    list.map(({ domain }) => questionName(Buffer.from(domain, 'latin1').toString()) ?? ''),
  )
  const [domain = ''] = domains
  if (domains.size > 1) return { wrong: 'its From field names several domains' }
  if (domain === '' || /[^a-z0-9._-]/.test(domain)) return { wrong: 'its From field names nobody' }
  return { domain }
}
