// Lets what an account set and its own filter script decide what becomes of its copy of a message.
// Knows what the actions of a script mean here, not how one is run.
import type { Accounts } from '../accounts/accounts.ts'
import { Refused } from '../base/refused.ts'
import { inbox } from '../mailbox/account-work.ts'
import { formatAddress } from '../message/address.ts'
import { rawValue, scanHeader } from '../message/header-fields.ts'
import { addressOf } from '../queue/consign.ts'
import type { Action } from '../sieve/world.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Answers, Promised } from './answers/answers.ts'
import { edited } from './edited-letter.ts'
import { FilterRun, type RunPorts } from './filter-run.ts'
import type { Letter } from './letter.ts'
import type { Mailroom } from './mailroom.ts'
import type { Reports } from './reports.ts'
import type { Scripts } from './scripts.ts'
import type { Share, Sorted, Sorter } from './sorting.ts'
import type { MailboxPlace, Place } from './types.ts'

interface Ports extends RunPorts {
  readonly scripts: Scripts
  readonly mailroom: Mailroom
  readonly accounts: Pick<Accounts, 'localDomain'>
  readonly answers: Pick<Answers, 'vacation' | 'notice'>
  readonly blobs: Blobs
  /** Tells the sender that a copy was rejected, where the whole message was not. */
  readonly reports: Pick<Reports, 'rejected'>
  /** What becomes of mail for elsewhere. */
  readonly foreign: 'queue' | 'sink' | 'refuse'
}

/** What one action leads to. */
interface Outcome {
  readonly place?: Place
  /** The header that its copy has, where the script edited it. */
  readonly header?: Buffer | undefined
  readonly said: string
  /** It could not be done. */
  readonly failed?: true
  readonly after?: Promised['after']
}

export class SieveSorter implements Sorter {
  readonly #ports: Ports
  readonly #runs: FilterRun

  constructor(ports: Ports) {
    this.#ports = ports
    this.#runs = new FilterRun(ports)
  }

  sort(share: Share): Promise<Sorted | undefined> | undefined {
    const { scripts } = this.#ports
    return scripts.hasNone(share.place.account) ? undefined : this.#sort(share)
  }

  async #sort(share: Share): Promise<Sorted | undefined> {
    const filter = await this.#ports.scripts.filter(share.place.account)
    if (!filter) return undefined
    const { actions, failure, marks } = await this.#runs.run(filter, share)
    if (failure !== '') return kept(share, failure)
    const reject = actions.find((action) => action.is === 'reject')
    const sorted = reject ? this.#rejected(share, reject) : await this.#done(share, actions)
    const remember = () => this.#runs.remember(share, marks)
    return marks.length === 0 ? sorted : { ...sorted, after: inTurn(sorted.after, remember) }
  }

  async #done(share: Share, actions: readonly Action[]): Promise<Sorted> {
    const outcomes: Outcome[] = []
    for (const action of actions) outcomes.push(await this.#outcome(share, action))
    const places = outcomes.flatMap(({ place }) => place ?? [])
    // Nothing is lost to an action that cannot be done.
    const inMailbox = places.some(({ kind }) => kind === 'mailbox')
    if (!inMailbox && outcomes.some(({ failed }) => failed)) places.push(share.place)
    const said = outcomes.flatMap((each) => (each.said === '' ? [] : [each.said])).join('; ')
    const letters = new Map<Place, Letter>()
    const headers = outcomes.flatMap(({ place, header }) =>
      place && header ? [[place, header] as const] : [],
    )
    const after = outcomes.flatMap((each) => (each.after ? [each.after] : []))
    return {
      ...{ places: inOrder(places), said: said.slice(0, saidMaxChars), letters },
      ...(headers.length > 0 ? { before: () => this.#edit(share, headers, letters) } : {}),
      ...(after.length > 0 ? { after: inTurn(...after) } : {}),
    }
  }

  async #edit(
    { arrived }: Share,
    headers: readonly (readonly [Place, Buffer])[],
    letters: Map<Place, Letter>,
  ): Promise<void> {
    for (const [place, header] of headers)
      letters.set(place, await edited(arrived.letter, header, this.#ports.blobs))
  }

  async #outcome(share: Share, action: Action): Promise<Outcome> {
    switch (action.is) {
      case 'keep': {
        const place = flagged(share.place, action.flags)
        return { place, header: action.header, said: keepText(action) }
      }
      case 'discard':
        return { said: `discarded${by(action)}` }
      case 'fileinto':
        return this.#fileInto(share, action)
      case 'redirect':
        return this.#redirect(share, action)
      case 'vacation':
        // What was judged junk, or sorted by an address of its own, is answered to nobody.
        if (share.place.mailbox !== inbox) return { said: '' }
        return this.#ports.answers.vacation(occasionOf(share), action)
      case 'notify':
        if (share.place.mailbox !== inbox) return { said: '' }
        return this.#ports.answers.notice(occasionOf(share), action)
      case 'reject':
        throw new Error('a rejection among other actions')
    }
  }

  async #fileInto(share: Share, action: Extract<Action, { is: 'fileinto' }>): Promise<Outcome> {
    const { account, flags = [] } = share.place
    try {
      const mailbox = await this.#ports.mailroom.find(account, action)
      if (!mailbox) return failed(`there is no mailbox ${action.mailbox}`)
      const place: MailboxPlace = { kind: 'mailbox', account, mailbox: mailbox.id, flags }
      return {
        place: flagged(place, action.flags),
        header: action.header,
        said: `filed into ${mailbox.name}${by(action)}`,
      }
    } catch (error) {
      if (!(error instanceof Refused) || !ownFault.has(error.code)) throw error
      return failed(`not filed into ${action.mailbox} (${error.message})`)
    }
  }

  async #redirect(share: Share, action: Extract<Action, { is: 'redirect' }>): Promise<Outcome> {
    const { accounts, foreign } = this.#ports
    const said = `redirected to ${action.address}${by(action)}`
    if (wasHere(share)) return failed(`not redirected to ${action.address} again`)
    const forward = addressOf(action.address)
    const ours = (await accounts.localDomain(forward.domain)) !== undefined
    if (ours) return { place: { kind: 'queue', inside: true, forward }, said }
    if (foreign === 'refuse') return failed(`not redirected to ${action.address}: no mail leaves`)
    if (foreign === 'sink') return { place: { kind: 'sink' }, said }
    return { place: { kind: 'queue', forward }, said }
  }

  #rejected(share: Share, action: Extract<Action, { is: 'reject' }>): Sorted {
    const { arrived, recipient } = share
    const { client, from } = arrived.envelope
    // Reports are refused to nobody; and where nobody waits for an answer, nobody would hear it.
    if (from === null || client.protocol === 'report')
      return kept(share, `not rejected, since nobody would be told${by(action)}`)
    return {
      places: [],
      said: `rejected${by(action)}`,
      reject: action.reason,
      before: async (refusedAtOnce) => {
        if (!refusedAtOnce) await this.#ports.reports.rejected(arrived, recipient, action.reason)
      },
    }
  }
}

const saidMaxChars = 1_000

/** What a script can bring about by itself; everything else is tried again later. */
const ownFault: ReadonlySet<string> = new Set(['bad-value', 'too-many'])

function occasionOf({ arrived, place, recipient }: Share) {
  return { arrived, account: place.account, recipient }
}

function inTurn(...tasks: readonly ((() => Promise<void>) | undefined)[]) {
  return async () => {
    for (const task of tasks) await task?.()
  }
}

function kept({ place }: Share, said: string): Sorted {
  return { places: [place], said: `kept: ${said}`.slice(0, saidMaxChars) }
}

function failed(said: string): Outcome {
  return { said: `kept: ${said}`, failed: true }
}

function by({ rule, line }: Action): string {
  if (rule !== '') return ` by the rule '${rule}'`
  return line > 0 ? ` by line ${line}` : ''
}

/** The implicit keep is not worth a word. */
function keepText(action: Extract<Action, { is: 'keep' }>): string {
  return action.line === 0 ? '' : `kept${by(action)}`
}

function flagged(place: MailboxPlace, given: readonly string[]): MailboxPlace {
  const flags = [...new Set([...(place.flags ?? []), ...given])]
  // Each a place of its own, since each may have a text of its own.
  return flags.length > 0 ? { ...place, flags } : { ...place }
}

/** Mailboxes first: what is told of a recipient is the first of its places. */
function inOrder(places: readonly Place[]): readonly Place[] {
  const isMailbox = ({ kind }: Place) => kind === 'mailbox'
  return [...places.filter(isMailbox), ...places.filter((place) => !isMailbox(place))]
}

/** RFC 5228 §4.2: a message that this recipient redirected before is in a loop. */
function wasHere({ arrived, recipient }: Share): boolean {
  const { head } = arrived.letter
  const own = formatAddress(recipient).toLowerCase()
  return scanHeader(head).fields.some(
    (field) => field.name === 'delivered-to' && rawValue(head, field).trim().toLowerCase() === own,
  )
}
