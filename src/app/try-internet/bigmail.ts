// A big, strict receiver: what is not both sent from where its domain says and signed by it goes to
// spam, and the sentence that says why is in the answer. Judges by the trust room's own checks.

import { SealedText } from '../../trust/dkim/sealed-text.ts'
import type { Dns } from '../../trust/dns/dns.ts'
import { authorDomain, type Origin, Verifier } from '../../trust/verdict.ts'
import type { Heard } from './bot.ts'

export interface Sorted {
  readonly folder: 'inbox' | 'spam'
  /** A sentence, without its full stop. */
  readonly why: string
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

/** Of more, the oldest are forgotten. */
const keptMax = 50

export class Bigmail {
  readonly kept: Sorted[] = []
  readonly #verifier: Verifier
  readonly #address: string

  /** `address`: from where its clients seem to come. */
  constructor(dns: Dns, address: string) {
    this.#verifier = new Verifier(dns, 'mx.bigmail.test')
    this.#address = address
  }

  /** The reply after the dot. */
  async take(heard: Heard): Promise<string> {
    const { folder, why } = await this.#judge(heard)
    const { from, to, text } = heard
    this.kept.push({ folder, why, from, to, text })
    if (this.kept.length > keptMax) this.kept.shift()
    return `250 2.0.0 Put into ${folder}: ${why}`
  }

  async #judge({ hello, from, text }: Heard): Promise<Pick<Sorted, 'folder' | 'why'>> {
    const bytes = Buffer.from(text, 'latin1')
    const sealed = new SealedText(bytes, async function* () {
      yield bytes
    })
    const author = authorDomain(sealed)
    if ('wrong' in author) return { folder: 'spam', why: author.wrong }
    const at = from.lastIndexOf('@')
    const [local, domain] = at < 0 ? ['', ''] : [from.slice(0, at), from.slice(at + 1)]
    const sender = { address: this.#address, helo: hello, local, domain: domain.toLowerCase() }
    const origin = await this.#verifier.verify(sealed, sender, author.domain, Date.now())
    return sentence(origin, author.domain)
  }
}

function sentence({ spf, dkim, dmarc }: Origin, domain: string): Pick<Sorted, 'folder' | 'why'> {
  if (dmarc.spfAligned && dmarc.dkimAligned && dmarc.result === 'pass')
    return { folder: 'inbox', why: `SPF, DKIM and DMARC prove that it is from ${domain}` }
  const missing: string[] = []
  if (!dmarc.spfAligned) missing.push(`no SPF record of ${domain} allows its host (${spf.result})`)
  const [first] = dkim
  if (!dmarc.dkimAligned)
    missing.push(
      first
        ? `its DKIM signature proves nothing (${first.result}: ${first.why})`
        : `${domain} has not signed it (no DKIM signature)`,
    )
  if (missing.length === 0) missing.push(`${domain} has no DMARC policy that it passes`)
  return { folder: 'spam', why: missing.join(', and ') }
}
