// Judges and files mail on this machine: whose it is, what is refused, and where it goes. Knows no
// protocol: it is asked and answers, and says nothing to a client.
import type { Accounts } from '../accounts/accounts.ts'
import type { Log } from '../base/log.ts'
import { inbox } from '../mailbox/account-work.ts'
import type { Mailboxes } from '../mailbox/mailboxes.ts'
import { type Address, formatAddress } from '../message/address.ts'
import { addressOf } from '../queue/consign.ts'
import type { Settled } from '../queue/settle-jobs.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Engine } from '../store/engine.ts'
import type { Notifier } from '../store/notifier.ts'
import type { Arrived } from './arrived.ts'
import { checkAuthors } from './authors.ts'
import { type BoardOptions, Boards } from './boards.ts'
import type { Check } from './checks/check.ts'
import { Checks } from './checks/checks.ts'
import { Filer, type Outbound } from './filer.ts'
import { forwardKey } from './forwards.ts'
import { LocalIntake } from './intake.ts'
import { LetterWriter } from './letter.ts'
import { msSince, outcomesFor } from './outcome.ts'
import { type RateLimits, Rates } from './rates.ts'
import { Refusals } from './refusals.ts'
import type { Rejected } from './rejected.ts'
import type { Signing } from './signing.ts'
import type { Sorter } from './sorting.ts'
import { isRewritten, restored } from './srs.ts'
import type { Traces } from './traces.ts'
import type {
  Client,
  Delivery,
  Envelope,
  Intake,
  Place,
  Recipient,
  RecipientVerdict,
  Refusal,
  SenderVerdict,
  Trace,
} from './types.ts'

export interface DeliveryOptions {
  /** The name in Received fields. */
  readonly serverName: string
  /** Foreign recipients of clients who may relay: queued, kept here and shown, or refused. */
  readonly foreign: 'queue' | 'sink' | 'refuse'
  /** Foreign domains whose mail is queued where that of others is not. */
  readonly leads?: ((domain: string) => boolean) | undefined
  /** null where there are no boards. */
  readonly board: BoardOptions | null
  /** Whether who has logged in may only send from addresses of their own. */
  readonly senderPolicy: 'own' | 'any'
  readonly rates: RateLimits
  readonly sizeMaxBytes: number
  /** Received fields of a message that is not yet taken to go in circles. */
  readonly receivedHopsMax: number
  /** The name of an address in each domain that takes reports alone; "" for none. */
  readonly reportsAddress?: string
}

export interface DeliveryPorts {
  readonly engine: Engine
  readonly blobs: Blobs
  /** Word of other processes; none where this is the only one. */
  readonly notifier?: Notifier
  readonly accounts: Accounts
  readonly mailboxes: Mailboxes
  readonly traces: Traces
  /** A new id, greater than all before. */
  readonly nextId: () => string
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly log: Log
  /** Where foreign recipients' mail goes, where it is queued. */
  readonly outbound?: Outbound
  /** Told of each message that was filed and somebody asked to be told of. */
  readonly filed?: (envelope: Envelope, trace: Trace) => Promise<void>
  /** Who may object to a message or change it, in this order. */
  readonly checks?: readonly Check[]
  /** Who decides for accounts what becomes of their copies, in this order. */
  readonly sorters?: readonly Sorter[]
  /** Keeps what a check refused, where that is wanted. */
  readonly rejected?: Rejected
  /** Who signs what leaves for other servers. */
  readonly signing?: Pick<Signing, 'sign'>
}

export class LocalDelivery implements Delivery {
  readonly #ports: DeliveryPorts
  readonly #options: DeliveryOptions
  readonly #boards: Boards
  readonly #filer: Filer
  readonly #refusals: Refusals
  readonly #rates: Rates
  readonly #checks: Checks

  constructor(ports: DeliveryPorts, options: DeliveryOptions) {
    this.#ports = ports
    this.#options = options
    this.#boards = new Boards(ports, options.board)
    const outcomes = outcomesFor(ports.mailboxes, ports.traces)
    this.#filer = new Filer(ports, this.#boards, outcomes, options)
    this.#refusals = new Refusals(ports, this.#boards, outcomes)
    this.#rates = new Rates(options.rates, ports)
    this.#checks = new Checks(ports.checks ?? [], {
      ...ports,
      recipient: (client, to) => this.judge(client, to),
    })
  }

  async sender(client: Client, from: Address | null): Promise<SenderVerdict> {
    const refusal = this.#ports.blobs.refusal?.()
    if (refusal) throw refusal
    const own = from === null || !this.#isBound(client) || (await this.#owns(client, from))
    if (!own) return { is: 'sender-denied' }
    this.#rates.message(client)
    return { is: 'accepted' }
  }

  async recipient(client: Client, said: Address): Promise<RecipientVerdict> {
    const verdict = await this.judge(client, said)
    if (verdict.is === 'accepted') this.#rates.recipient(client, accountsOf(verdict.recipient))
    return verdict
  }

  /** The verdict alone: whoever asks is no client, and counted by no rate. */
  async judge(client: Client, said: Address): Promise<RecipientVerdict> {
    const to = said.domain === '' ? await this.#completed(said) : said
    const board = await this.#boards.placeOf(to, mayRelay(client))
    if (board) return accepted(to, [board])
    if (isRewritten(to.local)) return this.#returning(client, to)
    const found = await this.#ports.accounts.lookup(to)
    if (found.is === 'not-local') return this.#foreign(client, to)
    if (found.is === 'unknown-user' && this.#takesReports(to))
      return accepted(to, [{ kind: 'nowhere' }])
    if (found.is !== 'accounts') return { is: found.is }
    const places = forwardsOf(found.forwards ?? [], this.#options)
    if (!places) return { is: 'no-route' }
    for (const { account } of found.accounts) {
      // One full mailbox behind an alias refuses it: nobody's copy may go missing unsaid.
      if (await this.#ports.mailboxes.isFull(account)) return { is: 'over-quota' }
      places.push({ kind: 'mailbox', account, mailbox: inbox })
    }
    return accepted(to, places)
  }

  #takesReports({ local }: Address): boolean {
    const { reportsAddress = '' } = this.#options
    return reportsAddress !== '' && local.toLowerCase() === reportsAddress
  }

  async members(to: Address): Promise<readonly string[]> {
    const found = await this.#ports.accounts.lookup(to)
    return found.is === 'accounts' ? found.accounts.map(({ address }) => address) : []
  }

  accept(envelope: Envelope): Intake {
    const text = new LetterWriter(this.#ports.blobs, this.#options.sizeMaxBytes)
    return new LocalIntake(envelope, text, (arrived) => this.#settle(arrived))
  }

  async refused(refusal: Refusal): Promise<void> {
    // What room is left is for deletions.
    if (!this.#ports.blobs.refusal?.()) await this.#refusals.keep(refusal)
  }

  /** Files a message that came before: the checks are not asked again. */
  async fileUnchecked(
    envelope: Envelope,
    text: AsyncIterable<Uint8Array>,
    said: string,
  ): Promise<Trace> {
    const writer = new LetterWriter(this.#ports.blobs, Number.POSITIVE_INFINITY)
    try {
      for await (const chunk of text) await writer.write(chunk)
      const step = { step: 'filtered', ms: msSince(envelope.began), ok: true, said } as const
      const findings = { steps: [step], fields: '', end: 'delivered' } as const
      const at = performance.now()
      return await this.#file({ envelope, letter: writer.end(), at, findings })
    } catch (error) {
      writer.abort()
      throw error
    }
  }

  /** Files a message of this server's own, with the end of what it reports. */
  async fileOwn(envelope: Envelope, text: Uint8Array, settled?: Settled): Promise<Trace> {
    const writer = new LetterWriter(this.#ports.blobs, Number.POSITIVE_INFINITY)
    await writer.write(text)
    const letter = writer.end()
    try {
      const arrived = { envelope, letter, at: performance.now() }
      return await this.#filer.file(settled ? { ...arrived, settled } : arrived)
    } catch (error) {
      letter.drop()
      throw error
    }
  }

  /** Whether the client may send as nobody but itself. */
  #isBound({ login }: Client): boolean {
    return this.#options.senderPolicy === 'own' && login !== ''
  }

  /** Own is what mail reaches the account by: its address, with detail, and its aliases. */
  async #owns({ login }: Client, address: Address): Promise<boolean> {
    const found = await this.#ports.accounts.lookup(address)
    return found.is === 'accounts' && found.accounts.some((account) => account.address === login)
  }

  async #settle(arrived: Arrived): Promise<Trace> {
    const { client } = arrived.envelope
    if (this.#isBound(client))
      await checkAuthors(arrived.letter.head, (author) => this.#owns(client, author))
    const passed = await this.#inspected(arrived)
    const trace = await this.#file(passed)
    if (wantsToKnow(passed.envelope)) this.#confirm(passed, trace)
    return trace
  }

  async #inspected(arrived: Arrived): Promise<Arrived> {
    const { rejected } = this.#ports
    try {
      const inspected = this.#checks.inspect(arrived)
      return inspected instanceof Promise ? await inspected : inspected
    } catch (error) {
      throw rejected ? await rejected.keep(arrived, error, (one) => this.#filer.file(one)) : error
    }
  }

  #confirm({ envelope, findings }: Arrived, trace: Trace): void {
    const { filed, log } = this.#ports
    if (!filed || (findings && findings.end !== 'delivered')) return
    filed(envelope, trace).catch((error: unknown) =>
      log.warn('success not reported', { message: trace.id, error }),
    )
  }

  async #file(passed: Arrived): Promise<Trace> {
    try {
      return await this.#filer.file(passed)
    } catch (error) {
      passed.letter.drop()
      throw error
    }
  }

  async #completed({ local }: Address): Promise<Address> {
    return { local, domain: (await this.#ports.accounts.localDomain('')) ?? '' }
  }

  /** A report, say, to the sender of what was forwarded. */
  async #returning(client: Client, to: Address): Promise<RecipientVerdict> {
    const { accounts, now } = this.#ports
    if ((await accounts.localDomain(to.domain)) === undefined) return this.#foreign(client, to)
    const key = await accounts.secret(forwardKey)
    const first = restored(to.local, { key, now: now() })
    if (!first) return { is: 'unknown-user' }
    const places = forwardsOf([formatAddress(first)], this.#options)
    return places ? accepted(to, places) : { is: 'no-route' }
  }

  #foreign(client: Client, to: Address): RecipientVerdict {
    if (!mayRelay(client)) return { is: 'relay-denied' }
    const kind = foreignTo(to.domain, this.#options)
    return kind === 'refuse' ? { is: 'no-route' } : accepted(to, [{ kind }])
  }
}

/** RFC 3461 §4.1: NOTIFY=SUCCESS. */
function wantsToKnow({ recipients }: Envelope): boolean {
  return recipients.some(
    ({ notify, place }) => place.kind === 'mailbox' && notify?.includes('success'),
  )
}

type ForeignOptions = Pick<DeliveryOptions, 'foreign' | 'leads'>

function foreignTo(domain: string, { foreign, leads }: ForeignOptions): ForeignOptions['foreign'] {
  return leads?.(domain) ? 'queue' : foreign
}

/** Undefined where nothing leaves. */
function forwardsOf(addresses: readonly string[], options: ForeignOptions): Place[] | undefined {
  const forwards = addresses.map((address) => addressOf(address))
  const kinds = forwards.map(({ domain }) => foreignTo(domain, options))
  if (kinds.includes('refuse')) return undefined
  return forwards.map((forward, n) =>
    kinds[n] === 'queue' ? { kind: 'queue', forward } : { kind: 'sink' },
  )
}

function accountsOf({ place, also = [] }: Recipient): readonly string[] {
  return [place, ...also].flatMap((each) => (each.kind === 'mailbox' ? [each.account] : []))
}

function mayRelay(client: Client): boolean {
  return client.trusted || client.login !== ''
}

function accepted(address: Address, [place, ...also]: readonly Place[]): RecipientVerdict {
  if (!place) return { is: 'unknown-user' }
  const recipient = also.length === 0 ? { address, place } : { address, place, also }
  return { is: 'accepted', recipient }
}
