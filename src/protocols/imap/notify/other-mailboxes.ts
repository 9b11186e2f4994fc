// Tells what became of mailboxes that are not selected: STATUS for their messages, LIST for their
// names, RFC 5465 §5. Compares how they were with how they are, so that it does not matter how many
// changes lie between, or how one came to look.
import type { Mailbox } from '../../../mailbox/mailbox-row.ts'
import { statusLine } from '../commands/status.ts'
import { listed, listLine } from '../listing.ts'
import { ownReached } from '../reach.ts'
import type { ImapPorts } from '../session.ts'
import type { OtherNews, User } from '../user.ts'
import type { NotifyEvent, WishGroup } from './wishes.ts'

interface Difference {
  readonly before: Mailbox | undefined
  readonly now: Mailbox | undefined
}

type Boxes = ReadonlyMap<string, Mailbox>

export class OtherMailboxes implements OtherNews {
  readonly #user: User
  readonly #ports: ImapPorts
  readonly #groups: readonly WishGroup[]
  #boxes: Boxes = new Map()
  /** Names that the client itself is about to change. */
  readonly #own = new Set<string>()

  constructor(user: User, ports: ImapPorts, groups: readonly WishGroup[]) {
    this.#user = user
    this.#ports = ports
    this.#groups = groups.filter(({ events }) => events.size > 0)
  }

  get watched(): boolean {
    return this.#groups.length > 0
  }

  cause(name: string): void {
    this.#own.add(name)
  }

  /** Begins to watch; with `status`, how the mailboxes are now (RFC 5465 §3.1). */
  async begin(selected: string, status: boolean): Promise<string> {
    this.#boxes = await this.#read()
    if (!status) return ''
    const lines: string[] = []
    for (const box of this.#boxes.values()) {
      const events = this.#eventsOf(box)
      if (box.id === selected || !events.has('MESSAGENEW')) continue
      const items = ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY']
      if (events.has('FLAGCHANGE')) items.push('UNSEEN', 'HIGHESTMODSEQ')
      lines.push(await this.#status(box, items))
    }
    return lines.join('')
  }

  async news(selected: string): Promise<string> {
    const before = this.#boxes
    const now = await this.#read()
    this.#boxes = now
    const lines: string[] = []
    const affected = new Map<string, string>()
    for (const change of differences(before, now)) {
      this.#nameNews(change, before, affected)
      const items = change.now?.id === selected ? [] : this.#statusItems(change)
      if (change.now && items.length > 0) lines.push(await this.#status(change.now, items))
    }
    this.#own.clear()
    if (affected.size > 0) lines.push(...(await this.#names(affected)))
    return lines.join('')
  }

  async #read(): Promise<Boxes> {
    const boxes = await this.#ports.mailboxes.list(this.#user.account)
    return new Map(boxes.map((box) => [box.id, box]))
  }

  #status(box: Mailbox, items: readonly string[]): Promise<string> {
    return statusLine(ownReached(box, this.#user), items, { user: this.#user, ports: this.#ports })
  }

  #eventsOf(box: Mailbox): ReadonlySet<NotifyEvent> {
    const events = new Set<NotifyEvent>()
    for (const group of this.#groups)
      if (group.fits(box)) for (const event of group.events) events.add(event)
    return events
  }

  #statusItems({ before, now }: Difference): string[] {
    if (!before || !now) return []
    const events = this.#eventsOf(now)
    const moved = before.messages !== now.messages || before.uidNext !== now.uidNext
    const condstore = this.#user.has('CONDSTORE')
    const items: string[] = []
    if (moved && events.has('MESSAGENEW')) items.push('UIDNEXT', 'MESSAGES')
    if (events.has('FLAGCHANGE')) {
      if (condstore || before.unseen !== now.unseen) items.push('UIDVALIDITY')
      if (before.unseen !== now.unseen) items.push('UNSEEN')
      if (condstore && before.modseq === now.modseq) return []
    }
    if (items.length > 0 && condstore) items.push('HIGHESTMODSEQ')
    return items
  }

  /** Adds the names that are to be listed, each with its old name or "". */
  #nameNews({ before, now }: Difference, all: Boxes, affected: Map<string, string>): void {
    const events = new Set([before, now].flatMap((box) => (box ? [...this.#eventsOf(box)] : [])))
    const name = now?.name ?? before?.name ?? ''
    if (this.#isOwn(name)) return
    if (events.has('MAILBOXNAME')) {
      if (!before || !now) {
        affected.set(name, '')
        this.#parentNews(name, all, affected)
      } else if (before.name !== now.name && !this.#movedWithParent(before, now, all))
        affected.set(name, before.name)
    }
    const resubscribed = before && now && before.subscribed !== now.subscribed
    if (resubscribed && events.has('SUBSCRIPTIONCHANGE') && !affected.has(name))
      affected.set(name, '')
  }

  /** RFC 5465 §5.4: the mailbox above has children now, or has none any more. */
  #parentNews(name: string, all: Boxes, affected: Map<string, string>): void {
    const parent = name.slice(0, Math.max(0, name.lastIndexOf('/')))
    if (parent === '' || affected.has(parent)) return
    const box = [...all.values()].find((each) => each.name === parent)
    if (box && this.#eventsOf(box).has('MAILBOXNAME')) affected.set(parent, '')
  }

  /** RFC 5465 §5.4: of those below a mailbox that was renamed nothing is told. */
  #movedWithParent(before: Mailbox, now: Mailbox, all: Boxes): boolean {
    return [...all.values()].some((parent) => {
      const moved = this.#boxes.get(parent.id)
      if (!moved || moved.name === parent.name) return false
      if (!before.name.startsWith(`${parent.name}/`)) return false
      return now.name === moved.name + before.name.slice(parent.name.length)
    })
  }

  #isOwn(name: string): boolean {
    for (const own of this.#own) if (own === name || own.startsWith(`${name}/`)) return true
    return false
  }

  async #names(affected: ReadonlyMap<string, string>): Promise<string[]> {
    const user = this.#user
    const wanted = { fits: (name: string) => affected.has(name), attributes: ['SUBSCRIBED'] }
    const entries = await listed(this.#ports.mailboxes, user, wanted)
    const there = new Map(entries.map((entry) => [entry.name, entry]))
    return [...affected].map(([name, oldName]) => {
      const entry = there.get(name)
      if (entry) return listLine('LIST', { ...entry, oldName }, user)
      const gone = {
        name,
        box: undefined,
        attributes: ['\\NonExistent'],
        childInfo: [],
        chosen: true,
      }
      return listLine('LIST', gone, user)
    })
  }
}

function* differences(before: Boxes, now: Boxes): Generator<Difference> {
  for (const box of now.values()) {
    const old = before.get(box.id)
    if (!old || isChanged(old, box)) yield { before: old, now: box }
  }
  for (const old of before.values()) if (!now.has(old.id)) yield { before: old, now: undefined }
}

function isChanged(old: Mailbox, now: Mailbox): boolean {
  return (
    old.modseq !== now.modseq ||
    old.uidNext !== now.uidNext ||
    old.messages !== now.messages ||
    old.unseen !== now.unseen ||
    old.name !== now.name ||
    old.subscribed !== now.subscribed
  )
}
