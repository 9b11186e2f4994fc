// DMARC, RFC 7489: whose word the From field is, whether SPF or DKIM speak for the same, and what
// its owner wants done where neither does. Knows no message.
import { getDomain } from 'tldts'
import type { Dns } from '../dns/dns.ts'
import { questionName } from '../dns/names.ts'
import { readTags, type Tags } from '../tags.ts'
import { isUnder } from '../words.ts'

export type Policy = 'none' | 'quarantine' | 'reject'

export interface DmarcResult {
  readonly result: 'none' | 'pass' | 'fail' | 'temperror' | 'permerror'
  /** Of the From field, A-labels; "" where there is none to ask about. */
  readonly from: string
  /** Where the record is: the domain, or the organisation's. */
  readonly domain: string
  /** What its owner wants done with a failure; "none" without a record. */
  readonly policy: Policy
  /** The owner tries it out: `t=y`, or `pct=0`. */
  readonly testing: boolean
  /** Where reports about this domain go (RFC 7489 §6.2), "mailto:…". */
  readonly reportTo: readonly string[]
  readonly spfAligned: boolean
  readonly dkimAligned: boolean
  readonly why: string
}

/** What was proved, and for which domain. */
export interface Proof {
  readonly result: string
  readonly domain: string
}

export interface DmarcQuestion {
  readonly from: string
  readonly spf: Proof
  readonly dkim: readonly Proof[]
}

const mailboxesMax = 5

/** The domain that its owner registered, by the public suffix list (RFC 7489 §3.2). */
export function organisation(domain: string): string {
  return getDomain(domain, { allowPrivateDomains: true, validateHostname: false }) ?? domain
}

export async function checkDmarc(question: DmarcQuestion, dns: Dns): Promise<DmarcResult> {
  const from = questionName(question.from)
  if (from === undefined) return { ...unasked, why: 'no domain to ask about' }
  const found = await dmarcRecord(from, dns)
  if ('result' in found) return { ...unasked, ...found, from }
  const { domain, tags } = found
  const aligned = ({ domain: proved }: Proof, mode: string) => {
    const name = questionName(proved) ?? ''
    if (mode === 's') return name === from
    return name !== '' && organisation(name) === organisation(from)
  }
  const modes = { spf: tags.get('aspf') ?? 'r', dkim: tags.get('adkim') ?? 'r' }
  const spf = aligned(question.spf, modes.spf)
  const dkim = question.dkim.filter((one) => aligned(one, modes.dkim))
  const spfAligned = spf && question.spf.result === 'pass'
  const dkimAligned = dkim.some((one) => one.result === 'pass')
  const unsure =
    (spf && question.spf.result === 'temperror') || dkim.some((one) => one.result === 'temperror')
  const passed = spfAligned || dkimAligned
  return {
    result: passed ? 'pass' : unsure ? 'temperror' : 'fail',
    ...{ from, domain, spfAligned, dkimAligned },
    policy: policyOf(tags, from !== domain),
    testing: tags.get('t') === 'y' || tags.get('pct') === '0',
    reportTo: (tags.get('rua') ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => /^mailto:[^\s<>"]+@[^\s<>"]+$/i.test(one))
      .slice(0, mailboxesMax),
    why: passed ? '' : unsure ? 'the DNS gave no answer' : 'neither SPF nor DKIM speaks for it',
  }
}

const unasked: DmarcResult = {
  result: 'none',
  from: '',
  domain: '',
  policy: 'none',
  testing: false,
  reportTo: [],
  spfAligned: false,
  dkimAligned: false,
  why: '',
}

export type Found =
  | { readonly domain: string; readonly tags: Tags }
  | { readonly result: 'none' | 'temperror' | 'permerror'; readonly why: string }

/** The record that speaks for a domain: its own, or the organisation's (RFC 7489 §6.6.3). */
export async function dmarcRecord(from: string, dns: Dns): Promise<Found> {
  const above = organisation(from)
  for (const domain of new Set([from, above])) {
    const answer = await dns.query(`_dmarc.${domain}`, 'TXT')
    if (answer.is === 'failed')
      return { result: 'temperror', why: `_dmarc.${domain}: ${answer.why}` }
    const texts = answer.is === 'found' ? answer.records.filter(isDmarc) : []
    if (texts.length > 1) return { result: 'permerror', why: `${domain} has several records` }
    if (texts.length === 0) continue
    const tags = readTags(texts[0]!)
    if (!tags || !isPolicy(tags)) return { result: 'permerror', why: `${domain}: no policy` }
    return { domain, tags }
  }
  return { result: 'none', why: `${from} has no DMARC record` }
}

function isDmarc(text: string): boolean {
  return /^v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/.test(text)
}

/** Without a policy that can be read, a place for reports makes it "none" (RFC 7489 §6.6.3). */
function isPolicy(tags: Tags): boolean {
  return asPolicy(tags.get('p')) !== undefined || tags.has('rua')
}

function policyOf(tags: Tags, below: boolean): Policy {
  const own = asPolicy(tags.get('p')) ?? 'none'
  return below ? (asPolicy(tags.get('sp')) ?? own) : own
}

function asPolicy(text: string | undefined): Policy | undefined {
  const policy = text?.toLowerCase()
  return policy === 'none' || policy === 'quarantine' || policy === 'reject' ? policy : undefined
}

/** Whether a report about `domain` may be sent to `target` (RFC 7489 §7.1). */
export async function mayReport(domain: string, target: string, dns: Dns): Promise<boolean> {
  if (organisation(domain) === organisation(target) || isUnder(target, domain)) return true
  const answer = await dns.query(`${domain}._report._dmarc.${target}`, 'TXT')
  return answer.is === 'found' && answer.records.some(isDmarc)
}
