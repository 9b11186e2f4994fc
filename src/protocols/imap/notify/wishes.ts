// What a client wants to be told of without asking, as NOTIFY has it: RFC 5465 §5, §6, §8. Read
// from a command, as values; knows no mailbox.
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'
import { type FetchItem, readFetchItems } from '../fetch/fetch-items.ts'
import { type MailboxFilter, readMailboxFilter } from '../mailbox-filter.ts'

/** What is told of messages in mailboxes that are not selected, and of the mailboxes. */
export type NotifyEvent = 'MESSAGENEW' | 'FLAGCHANGE' | 'MAILBOXNAME' | 'SUBSCRIPTIONCHANGE'

/** What is told of the selected mailbox: what is new and gone, and with `flags` what changed. */
export interface SelectedWish {
  /** What is gone is told at once, not only where sequence numbers may change. */
  readonly immediate: boolean
  readonly flags: boolean
  /** What is told of new messages beside that they are there. */
  readonly items: readonly FetchItem[]
}

export interface WishGroup {
  readonly fits: MailboxFilter
  readonly events: ReadonlySet<NotifyEvent>
}

export interface Wishes {
  readonly selected: SelectedWish | undefined
  readonly groups: readonly WishGroup[]
}

/** An event that there is none of: NO [BADEVENT]. */
export class UnknownEvent extends Error {}

/** More than is told without being asked: NO [NOTIFICATIONOVERFLOW]. */
export class TooMuch extends Syntax {}

/** As BADEVENT lists them. */
export const eventNames = [
  ...['MessageNew', 'MessageExpunge', 'FlagChange', 'MailboxName', 'SubscriptionChange'],
]

const groupsMax = 100
/** Of a message's bytes, what is sent to somebody who did not ask just then. */
const itemMaxBytes = 65_536
const nothingWished: Wishes = { selected: undefined, groups: [] }

/** What follows "SET " and STATUS. @throws Syntax, UnknownEvent, TooMuch */
export function readWishes(cursor: Cursor): Wishes {
  let wishes = nothingWished
  let chosen = false
  let count = 0
  do {
    if (++count > groupsMax) throw new TooMuch()
    cursor.expect('(')
    const filter = cursor.word('mailboxes')
    if (filter === 'SELECTED' || filter === 'SELECTED-DELAYED') {
      if (chosen) throw new Syntax('The selected mailbox twice')
      chosen = true
      wishes = { ...wishes, selected: readSelected(cursor, filter === 'SELECTED') }
    } else {
      const fits = readMailboxFilter(filter, cursor)
      if (!fits) throw new Syntax('Expected a choice of mailboxes')
      const { words } = readEvents(cursor, false)
      wishes = { ...wishes, groups: [...wishes.groups, { fits, events: eventsOf(words) }] }
    }
    cursor.expect(')')
  } while (cursor.skip(' '))
  return wishes
}

function readSelected(cursor: Cursor, immediate: boolean): SelectedWish | undefined {
  const { words, items } = readEvents(cursor, true)
  if (words.size === 0) return undefined
  // RFC 5465 §6.1: events of messages only.
  if (words.has('MAILBOXNAME') || words.has('SUBSCRIPTIONCHANGE'))
    throw new Syntax('The selected mailbox has events of messages only')
  return { immediate, flags: words.has('FLAGCHANGE'), items }
}

function eventsOf(words: ReadonlySet<string>): ReadonlySet<NotifyEvent> {
  const events = new Set<NotifyEvent>()
  for (const word of words) if (word !== 'MESSAGEEXPUNGE') events.add(word as NotifyEvent)
  return events
}

const knownEvents = new Set(eventNames.map((name) => name.toUpperCase()))

function readEvents(cursor: Cursor, selected: boolean) {
  cursor.space()
  const words = new Set<string>()
  let items: readonly FetchItem[] = []
  if (cursor.next !== '(') {
    if (cursor.word('events') !== 'NONE') throw new Syntax('Expected events or NONE')
    return { words, items }
  }
  let unknown = ''
  cursor.list(() => {
    const word = cursor.word('an event')
    if (!knownEvents.has(word)) unknown = word
    words.add(word)
    if (word !== 'MESSAGENEW' || !cursor.ahead(/ \(/y)) return
    if (!selected) throw new Syntax('Only of the selected mailbox messages are fetched')
    cursor.space()
    items = readItems(cursor)
  }, 'events')
  if (unknown !== '') throw new UnknownEvent(unknown)
  // RFC 5465 §5: one is nothing without the other, and flags nothing without both.
  const pair = words.has('MESSAGENEW') && words.has('MESSAGEEXPUNGE')
  const some = words.has('MESSAGENEW') || words.has('MESSAGEEXPUNGE') || words.has('FLAGCHANGE')
  if (some && !pair) throw new Syntax('MessageNew and MessageExpunge belong together')
  return { words, items }
}

/** Items that are told of new messages. @throws Syntax; TooMuch for whole texts */
export function readItems(cursor: Cursor): readonly FetchItem[] {
  const items = readFetchItems(cursor)
  const large = items.some((item) => {
    if (item.is !== 'bytes') return item.is === 'size'
    if (item.partial && item.partial.length <= itemMaxBytes) return false
    return !item.section.text.startsWith('HEADER') && item.section.text !== 'MIME'
  })
  if (large) throw new TooMuch()
  return items
}
