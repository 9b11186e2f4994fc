// The check of where mail from other servers comes from: what was proved goes into the message and
// its trace, and what the owner of its domain asks for is done. The proofs are the trust room's.
import type { Log } from '../../base/log.ts'
import type { Reply } from '../../base/reply.ts'
import { scanHeader } from '../../message/header-fields.ts'
import { SealedText } from '../../trust/dkim/sealed-text.ts'
import { type DmarcResult, organisation } from '../../trust/dmarc/dmarc.ts'
import type { Dns } from '../../trust/dns/dns.ts'
import { HostLists, type Listings, type ListNames } from '../../trust/host-lists.ts'
import { claimsToBe, resultsField } from '../../trust/results-field.ts'
import { authorDomain, type Origin, Verifier } from '../../trust/verdict.ts'
import type { Judged } from '../day-reports/dmarc-tally.ts'
import type { Letter } from '../letter.ts'
import type { Check, Opinion, Subject } from './check.ts'

export interface TrustSettings extends ListNames {
  readonly enabled: boolean
  readonly onReject: 'reject' | 'junk' | 'quarantine' | 'accept'
  readonly onQuarantine: 'junk' | 'quarantine' | 'accept'
  readonly oneFrom: boolean
  /** In lower case. */
  readonly exemptDomains: readonly string[]
  readonly arcSealers: readonly string[]
}

export interface TrustPorts {
  readonly dns: Dns
  /** Our own name. */
  readonly serverName: string
  /** Asked for each message anew. */
  readonly settings: () => TrustSettings
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Log
  /** Told of each message that was judged for good, and what was done with it. */
  readonly onJudged?: (judged: Judged) => void
}

export class TrustCheck implements Check {
  readonly name = 'trust'
  readonly #ports: TrustPorts
  readonly #verifier: Verifier
  readonly #lists: HostLists

  constructor(ports: TrustPorts) {
    this.#ports = ports
    this.#lists = new HostLists(ports)
    this.#verifier = new Verifier(ports.dns, ports.serverName)
  }

  look(subject: Subject): Promise<Opinion> | undefined {
    const { client } = subject.envelope
    // What a trusted neighbour hands in, and LMTP, was checked by whom it came to.
    if (subject.direction !== 'in' || client.trusted || client.protocol === 'lmtp') return undefined
    return this.#ports.settings().enabled ? this.#look(subject) : undefined
  }

  async #look(subject: Subject): Promise<Opinion> {
    const { serverName, now } = this.#ports
    const settings = this.#ports.settings()
    const { letter, envelope } = subject
    const text = new SealedText(letter.head, () => letter.text())
    const author = authorDomain(text)
    // One without an author only has nothing proved; one with several shows each reader another.
    if ('wrong' in author && settings.oneFrom && text.named('from').length > 0)
      return { is: 'refused', said: author.wrong, reply: refusal(`Not taken: ${author.wrong}`) }
    const { client, from } = envelope
    const sender = {
      ...{ address: client.address, helo: client.hello },
      ...{ local: from?.local ?? '', domain: from?.domain ?? '' },
    }
    const by = 'domain' in author ? author.domain : ''
    const [proved, lists] = await Promise.all([
      this.#verifier.verify(text, sender, by, now()),
      this.#listings(client.address, settings),
    ])
    const origin: Origin = lists ? { ...proved, lists } : proved
    const consequence = consequenceOf(origin, settings)
    if (consequence !== 'defer')
      this.#ports.onJudged?.({
        ...{ origin, address: client.address, mailFrom: sender.domain },
        done: consequence === 'junk' ? 'quarantine' : consequence,
        vouched: isVouchedFor(origin, settings),
      })
    const said = summary(origin)
    if (consequence === 'reject')
      return { is: 'refused', said, reply: refusal(refusalText(origin.dmarc), '5.7.26') }
    if (consequence === 'defer') return { is: 'deferred', said, reply: laterReply }
    const rid = await withoutForged(subject, text, serverName)
    return {
      is: 'taken',
      said: rid ? `${said}; ${rid.count} forged Authentication-Results removed` : said,
      fields: resultsField(serverName, client.address, origin),
      origin,
      ...(rid ? { letter: rid.letter } : {}),
      ...(consequence === 'quarantine' ? { quarantine: true } : {}),
      ...(consequence === 'junk' ? { junk: junkReason(origin) } : {}),
    }
  }

  #listings(address: string, names: ListNames): Promise<Listings> | undefined {
    const none = names.blocklists.length + names.allowlists.length === 0
    return none ? undefined : this.#lists.ask(address, names)
  }
}

type Consequence = 'none' | 'junk' | 'quarantine' | 'reject' | 'defer'

/** What the owner of the domain asks for, as far as the settings follow. */
function consequenceOf(origin: Origin, settings: TrustSettings): Consequence {
  const { dmarc } = origin
  const { result, policy, testing, from, domain } = dmarc
  const failed = result === 'fail' || result === 'temperror'
  if (!failed || domain === '' || policy === 'none') return 'none'
  if (settings.exemptDomains.includes(from) || settings.exemptDomains.includes(domain))
    return 'none'
  if (isVouchedFor(origin, settings)) return 'none'
  // RFC 7489 §6.3: what is tried out has the next milder consequence.
  const milder = testing ? (policy === 'reject' ? 'quarantine' : 'none') : policy
  const wanted = milder === 'reject' ? settings.onReject : settings.onQuarantine
  if (milder === 'none' || wanted === 'accept') return 'none'
  return result === 'temperror' && wanted !== 'junk' ? 'defer' : wanted
}

/** RFC 8617 §7.2.1: who we believe has seen it pass before it was changed. */
function isVouchedFor({ arc }: Origin, { arcSealers }: TrustSettings): boolean {
  if (arc.result !== 'pass' || arc.sealers.length === 0) return false
  const believed = arc.sealers.every((sealer) => arcSealers.includes(sealer))
  return believed && /(?:^|;)\s*dmarc\s*=\s*pass\b/i.test(arc.seen)
}

/** Why, and what would have made it otherwise. */
function junkReason({ spf, dkim, dmarc }: Origin): string {
  const { from, domain, policy } = dmarc
  const signatures = dkim.length === 0 ? 'it has no DKIM signature' : dkimReason(dkim, dmarc)
  return (
    `it does not prove that it is from ${from}, and ${domain} asks for that (p=${policy}): ` +
    `SPF says ${spf.result} for ${spf.domain}, ${signatures}. ` +
    `It would have gone to INBOX with SPF or a DKIM signature of ${organisation(from)} that pass`
  )
}

function dkimReason(dkim: Origin['dkim'], { from }: DmarcResult): string {
  const own = dkim.find(({ domain }) => organisation(domain) === organisation(from))
  if (!own) return `its DKIM signatures are of others (${dkim.map(({ domain }) => domain)})`
  return `its DKIM signature says ${own.result} (${own.why})`
}

function refusalText({ from, policy, domain }: DmarcResult): string {
  return `Mail from ${from} must prove its origin (DMARC p=${policy} of ${domain}): SPF and DKIM do not`
}

function refusal(text: string, status = '5.7.1'): Reply {
  return { code: 550, status, text }
}

const laterReply: Reply = {
  code: 451,
  status: '4.4.3',
  text: 'The DNS gave no answer about the origin of this message; try again later',
}

/** "spf=pass (example.org), dkim=pass (example.org), dmarc=pass" */
function summary({ iprev, spf, dkim, arc, dmarc, lists }: Origin): string {
  const proofs = [
    `iprev=${iprev.result}`,
    `spf=${spf.result} (${spf.domain})`,
    ...(dkim.length === 0
      ? ['dkim=none']
      : dkim.map((one) => `dkim=${one.result} (${one.domain})`)),
    ...(arc.result === 'none' ? [] : [`arc=${arc.result}`]),
    `dmarc=${dmarc.result} (${dmarc.from})`,
    ...(lists?.blocked ?? []).map((zone) => `listed by ${zone}`),
    ...(lists?.recommended ?? []).map((zone) => `recommended by ${zone}`),
    ...(lists?.silent ?? []).map((zone) => `no word of ${zone}`),
  ]
  return proofs.join(', ')
}

interface Rid {
  readonly letter: Letter
  readonly count: number
}

/** RFC 8601 §5: whoever claims to be us in a message from elsewhere is not. */
async function withoutForged(
  subject: Subject,
  text: SealedText,
  by: string,
): Promise<Rid | undefined> {
  const claims = text.fields.map((field) => claimsToBe(by, field))
  const count = claims.filter(Boolean).length
  if (count === 0) return undefined
  const { head } = subject.letter
  const writer = subject.rewrite(Number.POSITIVE_INFINITY)
  try {
    let kept = 0
    for (const [at, { start, end }] of scanHeader(head).fields.entries()) {
      if (!claims[at]) continue
      await writer.write(head.subarray(kept, start))
      kept = end
    }
    for await (const chunk of subject.letter.text()) {
      await writer.write(chunk.subarray(Math.min(kept, chunk.length)))
      kept -= Math.min(kept, chunk.length)
    }
    return { letter: writer.end(), count }
  } catch (error) {
    writer.abort()
    throw error
  }
}
