// What a message tells the owner of its From domain (RFC 7489 §7.2). Knows what was proved and what
// was done; counts nothing itself.
import type { Disposition, DmarcFacts } from '../../trust/reports/kinds.ts'
import type { Origin } from '../../trust/verdict.ts'
import { plainAddress } from './post.ts'

export interface Judged {
  readonly origin: Origin
  /** The client's address. */
  readonly address: string
  /** Of MAIL FROM, or "". */
  readonly mailFrom: string
  readonly done: Disposition
  /** Somebody we believe saw it pass before it was changed. */
  readonly vouched: boolean
}

const signaturesMax = 5
const textMaxChars = 255

/** undefined where nobody wants to know. */
export function dmarcFacts(judged: Judged): { domain: string; facts: DmarcFacts } | undefined {
  const { origin, address, mailFrom, done } = judged
  const { dmarc, spf, dkim, identity } = origin
  if (dmarc.reportTo.length === 0 || dmarc.domain === '') return undefined
  if (dmarc.result !== 'pass' && dmarc.result !== 'fail') return undefined
  const facts: DmarcFacts = {
    source: plainAddress(address),
    disposition: done,
    dkim: dmarc.dkimAligned ? 'pass' : 'fail',
    spf: dmarc.spfAligned ? 'pass' : 'fail',
    reason: reasonOf(judged),
    from: dmarc.from,
    mailFrom: mailFrom.slice(0, textMaxChars),
    signatures: dkim.slice(0, signaturesMax).map(({ domain, selector, result }) => ({
      ...{
        domain: domain.slice(0, textMaxChars),
        selector: selector.slice(0, textMaxChars),
        result,
      },
    })),
    ...{ spfDomain: spf.domain.slice(0, textMaxChars), spfResult: spf.result },
    spfScope: identity === 'helo' ? 'helo' : 'mfrom',
  }
  return { domain: dmarc.domain, facts }
}

/** RFC 7489, Appendix C: PolicyOverrideType. */
function reasonOf({ origin: { dmarc }, done, vouched }: Judged): string {
  if (dmarc.result === 'pass' || done === dmarc.policy) return ''
  if (vouched) return 'trusted_forwarder'
  return dmarc.testing ? 'sampled_out' : 'local_policy'
}
