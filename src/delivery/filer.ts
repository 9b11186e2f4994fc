// Files a message that has arrived: looks at it once, commits it with its bytes, tells of it.
import type { Accounts } from '../accounts/accounts.ts'
import type { Log } from '../base/log.ts'
import { type Reply, replyLine } from '../base/reply.ts'
import type { Appended } from '../mailbox/append.ts'
import { formatAddress } from '../message/address.ts'
import { messageId } from '../message/message-id.ts'
import { receivedField, receivedWith, returnPathField } from '../message/trace-fields.ts'
import type { Drafted } from '../queue/draft.ts'
import type { Debt } from '../queue/owe.ts'
import type { QueuedRow } from '../queue/row.ts'
import type { StagedBlob } from '../store/blobs.ts'
import type { Engine } from '../store/engine.ts'
import type { Arrived, Findings } from './arrived.ts'
import type { Boards } from './boards.ts'
import { type Examined, examine, type Rules } from './examine.ts'
import {
  boardsAccount,
  type Copy,
  type Filing,
  file,
  type Own,
  openQuarantine,
  quarantine,
  unfile,
} from './file-jobs.ts'
import { checkLoops, draftsOf, forwardKey, isForwarded, type Owing } from './forwards.ts'
import { wishesField } from './kept-apart.ts'
import { msSince, type Outcomes } from './outcome.ts'
import type { Signing } from './signing.ts'
import { type SortedMail, type Sorter, sortMail } from './sorting.ts'
import { rowOf } from './trace-row.ts'
import type { Traces } from './traces.ts'
import type { Envelope, Place, Recipient, Step, Trace } from './types.ts'

/** The queue, as filing sees it. */
export interface Outbound {
  /** The rows to file with a message. */
  draft(drafted: Drafted): readonly QueuedRow[]
  /** They are on disk. */
  take(rows: readonly QueuedRow[]): void
  /** They were not filed. */
  untake(rows: readonly QueuedRow[]): void
}

interface Ports {
  readonly accounts: Pick<Accounts, 'localDomain' | 'secret'>
  readonly outbound?: Outbound
  readonly engine: Engine
  readonly traces: Traces
  readonly nextId: () => string
  readonly now: () => number
  readonly log: Log
  /** Who decides for accounts what becomes of their copies, in this order. */
  readonly sorters?: readonly Sorter[]
  /** Who signs what leaves for other servers. */
  readonly signing?: Pick<Signing, 'sign'>
}

interface Options {
  readonly serverName: string
  readonly receivedHopsMax: number
}

export class Filer {
  readonly #ports: Ports
  readonly #boards: Boards
  readonly #outcomes: Outcomes
  readonly #options: Options

  constructor(ports: Ports, boards: Boards, outcomes: Outcomes, options: Options) {
    this.#ports = ports
    this.#boards = boards
    this.#outcomes = outcomes
    this.#options = options
  }

  /** @throws Refused */
  async file(arrived: Arrived): Promise<Trace> {
    const { letter, findings = nothingFound } = arrived
    const at = this.#ports.now()
    const examined = examine(letter.head, letter.size, this.#rules(arrived.envelope, at))
    const destined = await this.#destined(arrived.envelope, findings.end)
    const sorted = await this.#sorted({ ...arrived, envelope: destined }, examined)
    const envelope = sorted ? { ...destined, recipients: sorted.recipients } : destined
    const steps: Step[] = [
      { step: 'socket', ms: msSince(envelope.began, arrived.at), ok: true, said: '' },
      { step: 'checked', ms: msSince(envelope.began), ok: true, said: '' },
      ...findings.steps,
      ...(sorted?.steps ?? []),
    ]
    const forwarding = await this.#forwarding(envelope, letter.head)
    const everything = findings.end === 'delivered' ? await this.#boards.forEverything() : ''
    const staged = await letter.stage()
    const trace: Trace = {
      id: envelope.id,
      at,
      client: envelope.client,
      from: reversePath(envelope),
      recipients: envelope.recipients.map((one) => recipientTrace(one, findings.reply)),
      subject: examined.subject,
      messageId: examined.messageId,
      size: letter.size,
      accepted: findings.end !== 'rejected',
      ...(findings.reply ?? queuedAs(envelope)),
      steps,
      blob: staged.ref,
      board: boardOf(envelope, everything),
      ...(findings.origin ? { origin: findings.origin } : {}),
    }
    const wishes = isApart(findings.end) ? wishesField(envelope) : ''
    const fields = this.#received(envelope, at) + examined.added + findings.fields
    const signed = await this.#signed({ ...arrived, envelope }, fields)
    const prefix = wishes + returnPathField(envelope.from) + fields
    const own = await this.#ownTexts(sorted?.letters ?? noLetters, prefix)
    const text = { staged, fields: signed, prefix, own, forwarding, examined }
    const filing = this.#filing(envelope, trace, text)
    const { settled } = arrived
    const synced = Promise.all([staged.synced, ...[...own.values()].map((text) => text.synced)])
    const { filed, place } = await this.#filed(settled ? { ...filing, settled } : filing, synced)
    const ms = msSince(envelope.began)
    steps.push({ step: 'code', ms, ok: true, said: replyLine(trace) })
    steps.push({ step: 'mailbox', ms, ok: true, said: placesNamed(envelope, filing, filed) })
    place.ready({ changes: filed, trace })
    if (trace.board !== '') this.#ports.traces.keepSteps(trace.id, steps)
    for (const follow of sorted?.after ?? []) void follow()
    return trace
  }

  /** The fields that go before the text to other servers. */
  async #signed(arrived: Arrived, fields: string): Promise<string> {
    const leaves = arrived.envelope.recipients.some(({ place, also = [] }) =>
      [place, ...also].some((one) => one.kind === 'queue' && one.inside !== true),
    )
    const { signing } = this.#ports
    return leaves && signing ? (await signing.sign(arrived, fields)) + fields : fields
  }

  /** What the accounts themselves decide, unless a filter decided first. */
  #sorted(arrived: Arrived, examined: Examined): Promise<SortedMail | undefined> | undefined {
    const { sorters = [] } = this.#ports
    const { findings = nothingFound } = arrived
    if (sorters.length === 0 || findings.end !== 'delivered') return undefined
    return sortMail(sorters, arrived, examined)
  }

  async #ownTexts(letters: SortedMail['letters'], prefix: string) {
    const texts = new Map<Place, OwnText>()
    for (const [place, letter] of letters) {
      const { facts } = examine(letter.head, letter.size, { receivedHopsMax: Infinity })
      const { ref, synced } = await letter.stage()
      texts.set(place, { prefix, blob: ref, facts, synced })
    }
    return texts
  }

  #rules({ id, client }: Envelope, date: number): Rules {
    const { receivedHopsMax, serverName } = this.#options
    if (client.protocol !== 'submission') return { receivedHopsMax }
    return { receivedHopsMax, missing: { messageId: messageId(id, serverName), date } }
  }

  /** The envelope with the places that what was found leaves to its recipients. */
  async #destined(envelope: Envelope, end: Findings['end']): Promise<Envelope> {
    if (end === 'delivered') return this.#held(envelope)
    if (isApart(end)) await this.#ports.engine.run(openQuarantine, this.#ports.now())
    const place: Place = { kind: isApart(end) ? 'quarantine' : 'nowhere' }
    const recipients = envelope.recipients.map(({ also: _, ...rest }) => ({ ...rest, place }))
    return { ...envelope, recipients }
  }

  /** RFC 4865 §4: what is to be held back is held back for everybody. */
  #held(envelope: Envelope): Envelope {
    const { asked: { heldUntil = 0 } = {}, recipients } = envelope
    if (heldUntil <= this.#ports.now() || !this.#ports.outbound) return envelope
    const place: Place = { kind: 'queue', inside: true }
    const held = recipients.map((recipient): Recipient => {
      if (recipient.place.kind !== 'mailbox') return recipient
      const { also: _, ...rest } = recipient
      return { ...rest, place }
    })
    return { ...envelope, recipients: held }
  }

  #filing(envelope: Envelope, trace: Trace, text: Texts): Filing {
    const { staged, prefix, own, examined } = text
    const copies = copiesOf(envelope, trace.board, { nextId: this.#ports.nextId, own })
    const owed = debtOf(envelope, trace)
    return {
      trace: rowOf(trace),
      copies,
      debt: owed.recipients.length === 0 ? null : owed,
      queued: this.#owed(envelope, text),
      prefix,
      blob: staged.ref,
      facts: examined.facts,
    }
  }

  /** RFC 5321 §4.4: the trace fields that this server puts before what it received. */
  #received({ client, id, recipients, smtpUtf8, asked }: Envelope, date: number): string {
    const extended = client.plain !== true
    const lmtp = client.protocol === 'lmtp'
    const session = { extended, lmtp, tls: client.tls !== '', login: client.login !== '', smtpUtf8 }
    const smtp = lmtp || client.protocol === 'smtp' || client.protocol === 'submission'
    return receivedField({
      hello: client.hello,
      address: client.address,
      by: this.#options.serverName,
      protocol: smtp ? receivedWith(session) : client.protocol,
      id,
      tls: client.tls,
      recipients: recipients.map(({ address }) => address),
      priority: asked?.priority,
      date,
    })
  }

  /** RFC 5321 §4.4: the reverse path goes on in the envelope, and in no field. */
  #owed(envelope: Envelope, { fields, staged, forwarding }: Texts): readonly QueuedRow[] {
    const { outbound, now } = this.#ports
    if (!outbound) return []
    const owing = { envelope, fields, blob: staged.ref, ...forwarding, now: now() }
    return draftsOf(owing).flatMap((drafted) => outbound.draft(drafted))
  }

  /** What has to be known of a message that is forwarded. @throws Refused 'loop' */
  async #forwarding(envelope: Envelope, head: Buffer): Promise<Forwarding> {
    if (!isForwarded(envelope)) return { key: undefined, isOurs: () => false }
    checkLoops(head, envelope)
    const { accounts } = this.#ports
    const { from } = envelope
    const ours = from !== null && (await accounts.localDomain(from.domain)) !== undefined
    return { key: await accounts.secret(forwardKey), isOurs: () => ours }
  }

  /** Files it, and hands the queue what is its own. */
  async #filed(filing: Filing, synced: Promise<unknown>) {
    const { outbound } = this.#ports
    try {
      const done = await this.#commit(filing, synced)
      outbound?.take(filing.queued)
      return done
    } catch (error) {
      outbound?.untake(filing.queued)
      throw error
    }
  }

  /** Rows and bytes are made durable side by side; both must be, or neither is left. */
  async #commit(filing: Filing, synced: Promise<unknown>) {
    const [rows, bytes] = await Promise.allSettled([
      this.#ports.engine
        .run(file, filing)
        .then((filed) => ({ filed, place: this.#outcomes.takePlace() })),
      synced,
    ])
    if (rows.status === 'rejected') throw rows.reason
    if (bytes.status === 'fulfilled') return rows.value
    rows.value.place.giveUp()
    await this.#takeBack(filing, rows.value.filed)
    throw bytes.reason
  }

  async #takeBack(filing: Filing, filed: readonly Appended[]): Promise<void> {
    const { id } = filing.trace
    try {
      await this.#ports.engine.run(unfile, { id, blob: filing.blob, filed })
    } catch (error) {
      // The next start finds that the bytes are not there, and drops the rows.
      this.#ports.log.error('message not taken back', { message: id, error })
    }
  }
}

interface OwnText extends Own {
  readonly synced: Promise<unknown>
}

type Forwarding = Pick<Owing, 'key' | 'isOurs'>

interface Texts {
  readonly staged: StagedBlob
  /** The trace fields, without the reverse path. */
  readonly fields: string
  readonly prefix: string
  readonly own: ReadonlyMap<Place, OwnText>
  readonly forwarding: Forwarding
  readonly examined: Examined
}

const noLetters: SortedMail['letters'] = new Map()
const nothingFound: Findings = { steps: [], fields: '', end: 'delivered' }

function queuedAs({ id }: Envelope) {
  return { code: 250, status: '2.0.0', text: `OK: queued as ${id}` }
}

function reversePath({ from }: Envelope): string {
  return from ? formatAddress(from) : ''
}

function isApart(end: Findings['end']): boolean {
  return end === 'quarantined' || end === 'rejected'
}

const taken: Reply = { code: 250, status: '2.1.5', text: 'OK' }

function recipientTrace({ address, place }: Recipient, { code, status, text }: Reply = taken) {
  return { address: formatAddress(address), code, status, text, place: place.kind }
}

function debtOf({ recipients, asked = {} }: Envelope, { id, from, at }: Trace): Debt {
  const owed = recipients
    .filter(({ place }) => place.kind === 'sink')
    .map(({ address, notify, originalRecipient }) => ({
      address: formatAddress(address),
      ...(notify ? { notify } : {}),
      ...(originalRecipient ? { originalRecipient } : {}),
    }))
  return { message: id, sender: from, recipients: owed, asked, transport: 'sink', at }
}

/** The board that a message shows on: the one it was sent to, else the one for everything. */
function boardOf({ recipients }: Envelope, everything: string): string {
  for (const { place } of recipients) if (place.kind === 'board') return place.board
  return everything
}

/** One copy for each mailbox, however many recipients mean it. */
function copiesOf(
  { id, recipients }: Envelope,
  board: string,
  { nextId, own }: { nextId: () => string; own: ReadonlyMap<Place, OwnText> },
): Copy[] {
  const places = recipients.flatMap(({ place, also }) => (also ? [place, ...also] : [place]))
  if (board !== '') places.push({ kind: 'board', board })
  const copies = new Map<string, Copy>()
  for (const place of places) {
    const target = targetOf(place)
    if (!target) continue
    const key = keyOf(target)
    if (copies.has(key)) continue
    const copy: Copy = { ...target, id: place.kind === 'quarantine' ? id : nextId() }
    const text = own.get(place)
    copies.set(key, text ? { ...copy, own: withoutSync(text) } : copy)
  }
  // Whoever files for the same accounts locks them in the same order, and waits for nobody in turn.
  return [...copies.values()].sort((a, b) => (a.account < b.account ? -1 : 1))
}

function withoutSync({ prefix, blob, facts }: OwnText): Own {
  return { prefix, blob, facts }
}

interface Target {
  readonly account: string
  readonly mailbox: string
  readonly flags?: readonly string[]
}

function targetOf(place: Place): Target | undefined {
  if (place.kind === 'sink' || place.kind === 'queue' || place.kind === 'nowhere') return undefined
  if (place.kind === 'quarantine') return { account: quarantine, mailbox: quarantine }
  if (place.kind === 'board') return { account: boardsAccount, mailbox: place.board }
  const { account, mailbox, flags } = place
  return flags && flags.length > 0 ? { account, mailbox, flags } : { account, mailbox }
}

function keyOf({ account, mailbox }: Target): string {
  return `${account} ${mailbox}`
}

const namedMax = 5

/** "iqbal@example.com INBOX, ana@example.net sink" */
function placesNamed({ recipients }: Envelope, filing: Filing, filed: readonly Appended[]): string {
  const names = new Map(filing.copies.map((copy, n) => [keyOf(copy), filed[n]?.name ?? '']))
  const named = recipients.slice(0, namedMax).map(({ address, place }) => {
    const target = targetOf(place)
    return `${formatAddress(address)} ${target ? names.get(keyOf(target)) : place.kind}`
  })
  const more = recipients.length - namedMax
  return named.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
