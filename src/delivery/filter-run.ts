// Runs what filters an account's mail against one message: the rules, then the own script, then
// what is set for an absence and for a forward. Decides what is to be done, and does nothing.
import type { Log } from '../base/log.ts'
import { inbox } from '../mailbox/account-work.ts'
import type { Mailboxes } from '../mailbox/mailboxes.ts'
import { formatAddress } from '../message/address.ts'
import { composeEntity } from '../message/compose.ts'
import { htmlToText } from '../message/html-text.ts'
import type { Script } from '../sieve/compile.ts'
import { LetterView } from '../sieve/letter-view.ts'
import { run } from '../sieve/run.ts'
import type { Action, Mark, Ran, World } from '../sieve/world.ts'
import type { Engine } from '../store/engine.ts'
import { markOf } from './answers/mark-of.ts'
import type { Filter } from './filter.ts'
import { findMarks, leaveMarks } from './mark-jobs.ts'
import { isAbsent, type VacationSetting } from './rules/settings.ts'
import type { Share } from './sorting.ts'

export interface RunPorts {
  readonly engine: Engine
  readonly mailboxes: Pick<Mailboxes, 'list'>
  readonly serverName: string
  readonly log: Log
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export type Decided = Pick<Ran, 'actions' | 'failure' | 'marks'>

/** Marks that one run may ask for. */
const asksMax = 16
/** Who writes again is answered again after so long. */
const answeredSeconds = 7 * 86_400

export class FilterRun {
  readonly #ports: RunPorts

  constructor(ports: RunPorts) {
    this.#ports = ports
  }

  async run(filter: Filter, share: Share): Promise<Decided> {
    const { own } = filter
    if (own && !own.script && !filter.rules)
      return failing(`the script '${own.name}' is not understood`)
    const ran = await this.#ran(filter, share)
    if (ran.failure !== '') {
      const name = own ? `the script '${own.name}'` : 'a rule'
      return failing(`${name} failed: ${ran.failure}`)
    }
    const ends = ran.actions.every(({ is }) => is === 'reject' || is === 'discard')
    // Junk goes to nobody else, and is answered to nobody.
    if (ends || share.place.mailbox !== inbox) return ran
    return { ...ran, actions: this.#withSettings(filter, ran.actions) }
  }

  /** After the message is on disk: a copy that comes while it is filed is not seen as one. */
  async remember({ place, arrived }: Share, marks: readonly Mark[]): Promise<void> {
    const { engine, now, log } = this.#ports
    const at = now()
    const left = marks.map(({ mark, seconds }) => ({ mark, until: at + seconds * 1_000 }))
    try {
      await engine.run(leaveMarks, { account: place.account, marks: left, now: at })
    } catch (error) {
      log.warn('marks not kept', { message: arrived.envelope.id, error })
    }
  }

  async #ran(filter: Filter, share: Share): Promise<Ran> {
    const { engine, now } = this.#ports
    const { account } = share.place
    const scripts = [filter.rules, filter.own?.script].filter((one) => one !== undefined)
    const known = new Map<string, boolean>()
    const world = await this.#world(filter, share)
    // A script that asks what it has seen is begun again with the answer.
    for (;;) {
      const ran = run(
        scripts,
        world((mark) => known.get(mark)),
      )
      if (ran.asks === undefined) return ran
      if (known.size >= asksMax) return { ...ran, failure: 'it asks for too many duplicates' }
      const found = await engine.run(findMarks, { account, marks: [ran.asks], now: now() })
      known.set(ran.asks, found.length > 0)
    }
  }

  async #world({ needs, personal }: Filter, share: Share) {
    const { arrived, recipient, place, spamPercent } = share
    const { letter, envelope, findings } = arrived
    const { mailboxes, serverName, now } = this.#ports
    const added = Buffer.from(findings?.fields ?? '')
    // What the checks found of it can be asked for as well.
    const bytes = added.length === 0 ? letter.head : Buffer.concat([added, letter.head])
    const asks = ['mailbox', 'mailboxid', 'special-use'].some((name) => needs.has(name))
    const boxes = asks ? await mailboxes.list(place.account) : []
    const at = now()
    return (seen: NonNullable<World['seen']>): World => ({
      letter: new LetterView(bytes, letter.size + added.length, added.length),
      envelope: {
        from: envelope.from ? formatAddress(envelope.from) : '',
        to: formatAddress(recipient),
        auth: envelope.client.login,
      },
      now: at,
      zone: -new Date(at).getTimezoneOffset(),
      mailboxes: new Set(boxes.map(({ name }) => name)),
      mailboxIds: new Set(boxes.map(({ id }) => id)),
      specialUses: usesOf(boxes),
      environment: environmentOf(serverName, envelope.client.address),
      include: (where, name): Script | undefined =>
        where === 'personal' ? personal.get(name) : undefined,
      seen,
      spamPercent,
    })
  }

  #withSettings({ vacation, forward }: Filter, actions: readonly Action[]): readonly Action[] {
    const by = { rule: '', line: 0 }
    const all: Action[] = [...actions]
    const answers = actions.some(({ is }) => is === 'vacation')
    if (isAbsent(vacation, this.#ports.now()) && !answers)
      all.push({ is: 'vacation', ...vacationOf(vacation), ...by })
    if (!forward.isEnabled || forward.addresses.length === 0) return all
    const staying = forward.keepCopy ? all : all.filter(({ is }) => is !== 'keep')
    const sent = new Set(all.flatMap((action) => (action.is === 'redirect' ? action.address : [])))
    const more = forward.addresses.filter((address) => !sent.has(address))
    return [...staying, ...more.map((address) => ({ is: 'redirect', address, ...by }) as const)]
  }
}

function failing(failure: string): Decided {
  return { actions: [], failure, marks: [] }
}

function usesOf(boxes: readonly { readonly role: string; readonly name: string }[]) {
  const named = boxes.filter(({ role }) => role !== '')
  const byRole = Map.groupBy(named, ({ role }) => `\\${role}`)
  return new Map([...byRole].map(([use, list]) => [use, list.map(({ name }) => name)]))
}

function environmentOf(serverName: string, address: string): ReadonlyMap<string, string> {
  return new Map([
    ['name', 'Amplop'],
    ['location', 'MDA'],
    ['phase', 'during'],
    ['host', serverName],
    ['domain', serverName.slice(serverName.indexOf('.') + 1)],
    ['remote-ip', address],
  ])
}

/** RFC 8621 §8: a text, or HTML, or both. */
function vacationOf({ subject, textBody, htmlBody, fromDate, toDate }: VacationSetting) {
  const html = htmlBody ?? undefined
  const text = textBody ?? (html === undefined ? awayText : htmlToText(html))
  const handle = markOf('set', fromDate ?? '', toDate ?? '', subject ?? '', text, html ?? '')
  return {
    ...{ seconds: answeredSeconds, subject: subject ?? '', from: '', addresses: [], handle },
    ...{ mime: html !== undefined, fcc: undefined },
    reason: html === undefined ? text : composeEntity({ text, html, messageId: handle }),
  }
}

const awayText = 'I am away and will read your message when I am back.\n'
