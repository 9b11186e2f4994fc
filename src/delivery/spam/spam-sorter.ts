// Decides for each account whether a message from outside goes to Junk, and says why. Knows what
// was found out about the sender, and what the account taught; the points are the trust room's.
import type { Log } from '../../base/log.ts'
import { inbox } from '../../mailbox/account-work.ts'
import type { Digest } from '../../message/digest.ts'
import type { Engine } from '../../store/engine.ts'
import { type Counts, type Likeness, likeness, together } from '../../trust/spam/classifier.ts'
import { type Looks, looksOf } from '../../trust/spam/looks.ts'
import { isProven, originSignals } from '../../trust/spam/origin-signals.ts'
import {
  judge,
  otherwise,
  reasonsText,
  type Signal,
  signal,
  type Verdict,
  type VerdictRules,
} from '../../trust/spam/verdict.ts'
import { wordsOf } from '../../trust/spam/words.ts'
import type { Arrived } from '../arrived.ts'
import { directionOf } from '../checks/check.ts'
import type { Share, Sorted, Sorter } from '../sorting.ts'
import { askKnowledge, findJunk, keepVerdict, type Learnt, type SenderRow } from './spam-jobs.ts'

export interface SpamPorts {
  readonly engine: Engine
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface SpamOptions {
  readonly enabled: boolean
  readonly rules: VerdictRules
}

/** What a message shows of itself, the same for each of its recipients. */
interface Seen {
  readonly looks: Looks
  readonly words: readonly string[]
  readonly senders: readonly string[]
  readonly answered: readonly string[]
}

const answeredMax = 5

export class SpamSorter implements Sorter {
  readonly #ports: SpamPorts
  readonly #options: () => SpamOptions
  readonly #seen = new WeakMap<Arrived, Seen>()

  constructor(ports: SpamPorts, options: () => SpamOptions) {
    this.#ports = ports
    this.#options = options
  }

  sort(share: Share): Promise<Sorted | undefined> | undefined {
    const { envelope, findings } = share.arrived
    // Where somebody decided before, there is nothing left to decide.
    if (share.place.mailbox !== inbox) return undefined
    if (findings?.junk !== undefined) return this.#intoJunk(share, findings.junk)
    // Neighbours and those who logged in are known; a filter of theirs may still mind.
    const known = envelope.client.trusted || directionOf(envelope.client) !== 'in'
    return known || !this.#options().enabled ? undefined : this.#judge(share)
  }

  /** What the checks call junk needs no verdict. */
  async #intoJunk({ place }: Share, why: string): Promise<Sorted | undefined> {
    const junk = await this.#ports.engine.run(findJunk, place.account)
    if (!junk) return undefined
    const said = `into ${junk.name}: ${why}`
    return { places: [{ ...place, mailbox: junk.id }], spamPercent: 100, said }
  }

  async #judge({ arrived, examined, place }: Share): Promise<Sorted> {
    const { engine } = this.#ports
    const { account } = place
    const seen = this.#see(arrived, examined.facts.digest)
    const origin = arrived.findings?.origin
    const { words, senders, answered } = seen
    const known = await engine.run(askKnowledge, { account, words, senders, answered })
    const own = together(knowledgeOf(known.own), knowledgeOf(known.shared))
    const signals = [
      ...(origin ? originSignals(origin, arrived.envelope.client.address) : []),
      ...seen.looks.signals,
      ...sayingsOf(likeness(words, own)),
      ...acquaintance(seen.looks.from, known.senders, origin !== undefined && isProven(origin)),
      ...(known.answers ? [signal('answer')] : []),
    ]
    const verdict = judge(signals, this.#options().rules)
    const mailbox = verdict.junk && known.junkMailbox !== '' ? known.junkMailbox : place.mailbox
    return {
      places: [{ ...place, mailbox }],
      // Half is where Junk begins.
      spamPercent: Math.round(
        Math.min(1, Math.max(0, verdict.score / verdict.threshold / 2)) * 100,
      ),
      said: [reasonsText(verdict), otherwise(verdict)].filter(Boolean).join('. '),
      after: () => this.#keep(arrived.envelope.id, account, verdict),
    }
  }

  #see(arrived: Arrived, digestText: string): Seen {
    const before = this.#seen.get(arrived)
    if (before) return before
    const digest = JSON.parse(digestText) as Digest
    const looks = looksOf(arrived.letter.head, digest, this.#ports.now())
    const { references, inReplyTo } = digest.envelope
    const seen: Seen = {
      looks,
      words: wordsOf(looks.reading),
      senders: looks.from === '' ? [] : [looks.from, `@${looks.fromDomain}`],
      answered: [...new Set([...inReplyTo, ...references.toReversed()])].slice(0, answeredMax),
    }
    this.#seen.set(arrived, seen)
    return seen
  }

  /** For questions about the message; mail does not wait for it. */
  async #keep(message: string, account: string, verdict: Verdict): Promise<void> {
    const kept = { message, account, verdict: JSON.stringify(verdict), at: this.#ports.now() }
    try {
      await this.#ports.engine.run(keepVerdict, kept)
    } catch (error) {
      this.#ports.log.warn('verdict not kept', { message, error })
    }
  }
}

function knowledgeOf({ learnt, words }: Learnt) {
  return { learnt, words: new Map<string, Counts>(words.map((row) => [row.word, row])) }
}

function sayingsOf({ junk, telling }: Likeness): Signal[] {
  const strength = Math.abs(junk - 0.5) * 2
  if (strength < 0.4) return []
  const own = telling.filter((one) => one.junk > 0.5 === junk > 0.5).slice(0, 3)
  const about = own.map(({ word }) => word.replace(/^\w+:/, '')).join(', ')
  return [signal(junk > 0.5 ? 'words-of-junk' : 'wanted-words', about, strength)]
}

function acquaintance(from: string, rows: readonly SenderRow[], proven: boolean): Signal[] {
  if (from === '') return []
  const address = rows.find(({ sender }) => sender === from)
  const domain = rows.find(({ sender }) => sender.startsWith('@'))
  const found: Signal[] = []
  if (!address) found.push(signal('first-contact', from))
  if (proven && address && address.sent > 0) found.push(signal('correspondent', from))
  const counts = address && address.junk + address.wanted > 0 ? address : domain
  if (!counts) return found
  // Half a message of each kind beforehand: one alone is not yet certain.
  const share = (counts.junk + 0.5) / (counts.junk + counts.wanted + 1)
  const about = counts === address ? from : counts.sender.slice(1)
  if (share > 0.6) found.push(signal('bad-sender', about, (share - 0.5) * 2))
  if (share < 0.4 && proven) found.push(signal('good-sender', about, (0.5 - share) * 2))
  return found
}
