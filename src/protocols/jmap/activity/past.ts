// What emails were before they were changed, and how they become that again. Only what a change
// touched goes back: what somebody did to an email since, elsewhere, stays.
import type { EmailChange } from '../../../mailbox/email-objects.ts'
import type { Undelete } from '../../../mailbox/undelete.ts'
import type { JmapPorts } from '../ports.ts'

/** What becomes of emails: changed, or taken out of every mailbox. */
export interface Wish extends Pick<EmailChange, 'flags' | 'mailboxes'> {
  readonly destroy?: true
}

/** An email before: its mailboxes, and the flags it had of those that are touched. */
export type Past = readonly [email: string, mailboxes: readonly string[], flags: readonly string[]]

export type PastPorts = Pick<JmapPorts, 'emails' | 'messages' | 'mailboxes'> & {
  readonly undelete: Pick<Undelete, 'restore'>
}

/** So many in one transaction. */
export const sliceEmails = 100

export async function pastOf(
  { emails, messages }: PastPorts,
  account: string,
  ids: readonly string[],
  wish: Wish,
): Promise<readonly Past[]> {
  const placed = await emails.places(account, ids)
  const names = await messages.flagNames(account)
  const touched = touchedBy(wish)
  return placed.map(({ id, places }) => {
    const had = new Set(places.flatMap(({ flags, more }) => names.of(flags, more)))
    had.delete('\\Deleted')
    const flags = [...had].filter((name) => touched === 'all' || touched.has(name.toLowerCase()))
    return [id, [...new Set(places.map(({ mailbox }) => mailbox))].sort(), flags.sort()]
  })
}

function touchedBy({ flags }: Wish): ReadonlySet<string> | 'all' {
  if (flags?.mode === 'replace') return 'all'
  return new Set(
    [...(flags?.add ?? []), ...(flags?.remove ?? [])].map((name) => name.toLowerCase()),
  )
}

/** Makes emails what they were; which could be. @throws Refused as `Emails.changeAll` */
export async function goBack(
  ports: PastPorts,
  account: string,
  pasts: readonly Past[],
  wish: Wish,
): Promise<readonly string[]> {
  const { emails, mailboxes, undelete } = ports
  const there = new Set((await mailboxes.list(account)).map(({ id }) => id))
  if (wish.destroy)
    await undelete.restore(
      account,
      pasts.map(([email]) => email),
    )
  const done: string[] = []
  const alike = Map.groupBy(pasts, ([, boxes, flags]) => JSON.stringify([boxes, flags]))
  for (const group of alike.values()) {
    const [, boxes, flags] = group[0]!
    const back = backwards({ boxes: boxes.filter((id) => there.has(id)), flags }, wish)
    const add = back.mailboxes?.add.filter((id) => there.has(id))
    const remove = back.mailboxes?.remove.filter((id) => there.has(id))
    const places = back.mailboxes && { ...back.mailboxes, add: add ?? [], remove: remove ?? [] }
    for (let from = 0; from < group.length; from += sliceEmails) {
      const ids = group.slice(from, from + sliceEmails).map(([email]) => email)
      const order = { account, emails: ids, ...back, ...(places ? { mailboxes: places } : {}) }
      done.push(...(await emails.changeAll(order)))
    }
  }
  return done
}

interface Before {
  readonly boxes: readonly string[]
  readonly flags: readonly string[]
}

function backwards({ boxes, flags }: Before, wish: Wish): Omit<Wish, 'destroy'> {
  // Where all of an email's mailboxes are gone, the inbox is where people look.
  const home = boxes.length > 0 ? boxes : ['inbox']
  if (wish.destroy) return { mailboxes: { mode: 'replace', add: home, remove: [] } }
  return {
    ...(wish.flags ? { flags: flagsBack(flags, wish.flags) } : {}),
    ...(wish.mailboxes ? { mailboxes: mailboxesBack(home, wish.mailboxes) } : {}),
  }
}

type Part = NonNullable<Wish['flags']>

function flagsBack(had: readonly string[], { mode, add, remove }: Part): Part {
  if (mode === 'replace') return { mode, add: had, remove: [] }
  const before = new Set(had.map((name) => name.toLowerCase()))
  const others = [...add, ...remove].filter((name) => !before.has(name.toLowerCase()))
  return { mode, add: had, remove: others }
}

function mailboxesBack(before: readonly string[], { mode, add, remove }: Part): Part {
  if (mode === 'replace') return { mode, add: before, remove: [] }
  return {
    mode,
    add: before.filter((id) => remove.includes(id)),
    remove: add.filter((id) => !before.includes(id)),
  }
}
