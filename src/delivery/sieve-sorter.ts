// Lets an account's own filter script decide what becomes of its copy of a message. Knows what the
// actions of a script mean here, not how one is run.
import type { Accounts } from '../accounts/accounts.ts'
import { Refused } from '../base/refused.ts'
import { mailboxName } from '../mailbox/mailbox-name.ts'
import type { Mailboxes } from '../mailbox/mailboxes.ts'
import { formatAddress } from '../message/address.ts'
import { rawValue, scanHeader } from '../message/header-fields.ts'
import { addressOf } from '../queue/consign.ts'
import { LetterView } from '../sieve/letter-view.ts'
import { run } from '../sieve/run.ts'
import type { Action, World } from '../sieve/world.ts'
import type { Reports } from './reports.ts'
import type { ActiveScript, Scripts } from './scripts.ts'
import type { Share, Sorted, Sorter } from './sorting.ts'
import type { MailboxPlace, Place } from './types.ts'

interface Ports {
  readonly scripts: Scripts
  readonly mailboxes: Mailboxes
  readonly accounts: Pick<Accounts, 'localDomain'>
  /** Tells the sender that a copy was rejected, where the whole message was not. */
  readonly reports: Pick<Reports, 'rejected'>
  /** What becomes of mail for elsewhere. */
  readonly foreign: 'queue' | 'sink' | 'refuse'
  readonly serverName: string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** What one action leads to. */
interface Outcome {
  readonly place?: Place
  readonly said: string
  /** It could not be done. */
  readonly failed?: true
}

export class SieveSorter implements Sorter {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  sort(share: Share): Promise<Sorted | undefined> | undefined {
    const { scripts } = this.#ports
    return scripts.hasNone(share.place.account) ? undefined : this.#sort(share)
  }

  async #sort(share: Share): Promise<Sorted | undefined> {
    const active = await this.#ports.scripts.active(share.place.account)
    if (!active) return undefined
    const { script, name } = active
    if (!script) return kept(share, `the script '${name}' is not understood`)
    const { actions, failure } = run(script, await this.#world(share, active))
    if (failure !== '') return kept(share, `the script '${name}' failed: ${failure}`)
    const reject = actions.find((action) => action.is === 'reject')
    return reject ? this.#rejected(share, reject) : this.#done(share, actions)
  }

  async #world({ arrived, recipient, place }: Share, { script }: ActiveScript): Promise<World> {
    const { letter, envelope, findings } = arrived
    const { mailboxes, serverName, now } = this.#ports
    const added = Buffer.from(findings?.fields ?? '')
    // What the checks found of it can be asked for as well.
    const bytes = added.length === 0 ? letter.head : Buffer.concat([added, letter.head])
    const asks = script?.requires.has('mailbox')
    const names = asks ? (await mailboxes.list(place.account)).map(({ name }) => name) : []
    const at = now()
    return {
      letter: new LetterView(bytes, letter.size + added.length),
      envelope: {
        from: envelope.from ? formatAddress(envelope.from) : '',
        to: formatAddress(recipient),
      },
      now: at,
      zone: -new Date(at).getTimezoneOffset(),
      mailboxes: new Set(names),
      environment: new Map([
        ['name', 'Amplop'],
        ['location', 'MDA'],
        ['phase', 'during'],
        ['host', serverName],
        ['domain', serverName.slice(serverName.indexOf('.') + 1)],
        ['remote-ip', envelope.client.address],
      ]),
    }
  }

  async #done(share: Share, actions: readonly Action[]): Promise<Sorted> {
    const outcomes: Outcome[] = []
    for (const action of actions) outcomes.push(await this.#outcome(share, action))
    const places = outcomes.flatMap(({ place }) => place ?? [])
    // Nothing is lost to an action that cannot be done.
    const inMailbox = places.some(({ kind }) => kind === 'mailbox')
    if (!inMailbox && outcomes.some(({ failed }) => failed)) places.push(share.place)
    const said = outcomes.flatMap((each) => (each.said === '' ? [] : [each.said])).join('; ')
    return { places: inOrder(places), said: said.slice(0, saidMaxChars) }
  }

  async #outcome(share: Share, action: Action): Promise<Outcome> {
    switch (action.is) {
      case 'keep':
        return { place: flagged(share.place, action.flags), said: keepText(action) }
      case 'discard':
        return { said: `discarded${by(action)}` }
      case 'fileinto':
        return this.#fileInto(share, action)
      case 'redirect':
        return this.#redirect(share, action)
      case 'reject':
        throw new Error('a rejection among other actions')
    }
  }

  async #fileInto(share: Share, action: Extract<Action, { is: 'fileinto' }>): Promise<Outcome> {
    const { account, flags = [] } = share.place
    try {
      const mailbox = await this.#mailbox(account, action)
      if (!mailbox) return failed(`there is no mailbox ${action.mailbox}`)
      const place: MailboxPlace = { kind: 'mailbox', account, mailbox: mailbox.id, flags }
      return {
        place: flagged(place, action.flags),
        said: `filed into ${mailbox.name}${by(action)}`,
      }
    } catch (error) {
      if (!(error instanceof Refused) || !ownFault.has(error.code)) throw error
      return failed(`not filed into ${action.mailbox} (${error.message})`)
    }
  }

  /** RFC 8579 §4: a special use comes before a name. RFC 5490 §3.2: made where that is wished. */
  async #mailbox(account: string, action: Extract<Action, { is: 'fileinto' }>) {
    const { mailboxes } = this.#ports
    const role = action.specialUse.replace(/^\\/, '').toLowerCase()
    if (role !== '') {
      const special = (await mailboxes.list(account)).find((each) => each.role === role)
      if (special) return special
    }
    const name = mailboxName(action.mailbox)
    const found = await mailboxes.named(account, name)
    if (found || !action.create) return found
    try {
      return { id: await mailboxes.create(account, name), name }
    } catch (error) {
      // Another message may have made it meanwhile.
      if (!(error instanceof Refused && error.code === 'exists')) throw error
      return mailboxes.named(account, name)
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
  return flags.length > 0 ? { ...place, flags } : place
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
