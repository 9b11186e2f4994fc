// Which mailboxes and names a LIST or LSUB tells, and what of each. RFC 9051 §6.3.9, §7.3.1.
import type { Mailboxes } from '../../mailbox/mailboxes.ts'
import { quotedName, uses } from './names.ts'
import { ownReached, type Reached, sharedReached } from './reach.ts'
import type { User } from './user.ts'

export interface Wanted {
  readonly fits: (name: string) => boolean
  /** Names that are subscribed to, with a mailbox or without. */
  readonly subscribed?: boolean
  readonly special?: boolean
  /** RFC 5258 §3: also what fits and has below it something that is wanted and does not fit. */
  readonly recursive?: boolean
  /** LSUB's: names above what is subscribed to and does not fit. */
  readonly above?: boolean
  /** RFC 9051 §6.3.9: levels above others where there is no mailbox, as "%" at the end asks. */
  readonly levels?: boolean
  /** What the client asked to be returned. */
  readonly attributes: readonly string[]
}

export interface Entry {
  readonly name: string
  /** undefined where there is no such mailbox. */
  readonly box: Reached | undefined
  readonly attributes: readonly string[]
  /** RFC 5258 §3.5: what below it is wanted. */
  readonly childInfo: readonly string[]
  /** It is wanted itself, and not only for what is below it. */
  readonly chosen: boolean
  /** RFC 5465 §5.4: how it was called before; "" or none where that is nothing new. */
  readonly oldName?: string
}

/** In the order of their names. */
export async function listed(
  mailboxes: Mailboxes,
  user: User,
  wanted: Wanted,
): Promise<readonly Entry[]> {
  const boxes = await boxesFor(mailboxes, user)
  const parents = new Set<string>()
  for (const name of boxes.keys()) for (const above of namesAbove(name)) parents.add(above)
  const asksSubscribed = wanted.subscribed || wanted.attributes.includes('SUBSCRIBED')
  const subscribed = new Set(asksSubscribed ? await mailboxes.subscriptions(user.account) : [])
  const chosen = (name: string) =>
    (!wanted.subscribed || subscribed.has(name)) && (!wanted.special || isSpecial(boxes.get(name)))
  const levels = wanted.levels && !wanted.subscribed && !wanted.special ? parents : []
  const told = wanted.subscribed ? subscribed : []
  const names = [...new Set([...boxes.keys(), ...told, ...levels])].sort()
  const reasons = names.filter((name) => chosen(name) && !shownItself(name, wanted))
  const below = new Set(
    wanted.recursive || wanted.above ? reasons.flatMap((name) => [...namesAbove(name)]) : [],
  )
  const all = wanted.above ? [...new Set([...names, ...below])].sort() : names
  return all
    .filter((name) => wanted.fits(name) && (chosen(name) || below.has(name)))
    .map((name) => {
      const box = boxes.get(name)
      // LSUB tells a name that only stands above others as one that cannot be selected.
      const shown = wanted.above && !chosen(name) ? undefined : box
      const isSubscribed = subscribed.has(name) || (box?.subscribed ?? false)
      const attributes = attributesOf(box, parents.has(name), isSubscribed, wanted)
      const childInfo =
        below.has(name) && wanted.recursive && wanted.subscribed ? ['SUBSCRIBED'] : []
      return { name, box: shown, attributes, childInfo, chosen: chosen(name) }
    })
}

/** One's own mailboxes and those of others that one may see, by their names: RFC 4314 §4. */
export async function boxesFor(mailboxes: Mailboxes, user: User): Promise<Map<string, Reached>> {
  const [own, shared] = await Promise.all([
    mailboxes.list(user.account),
    mailboxes.sharing.list(user.address),
  ])
  const seen = shared.filter(({ rights }) => rights.includes('l')).map(sharedReached)
  return new Map(
    [...seen, ...own.map((box) => ownReached(box, user))].map((box) => [box.name, box]),
  )
}

export function listLine(word: string, entry: Entry, user: User): string {
  const { name, attributes, childInfo, oldName = '' } = entry
  const said = quotedName(name, user.utf8)
  const info = childInfo.map((each) => `"${each}"`).join(' ')
  const extended: string[] = []
  if (info !== '') extended.push(`"CHILDINFO" (${info})`)
  if (oldName !== '') extended.push(`"OLDNAME" (${quotedName(oldName, user.utf8)})`)
  const tail = extended.length > 0 ? ` (${extended.join(' ')})` : ''
  return `* ${word} (${attributes.join(' ')}) "/" ${said}${tail}\r\n`
}

function attributesOf(
  box: Reached | undefined,
  hasChildren: boolean,
  isSubscribed: boolean,
  { subscribed, attributes }: Wanted,
): string[] {
  const said: string[] = []
  if (isSubscribed && (subscribed || attributes.includes('SUBSCRIBED'))) said.push('\\Subscribed')
  if (!box) said.push('\\NonExistent')
  said.push(hasChildren ? '\\HasChildren' : '\\HasNoChildren')
  const use = box && uses[box.role]
  if (use !== undefined) said.push(use)
  return said
}

/** RFC 9051 §6.3.9.6: what is told itself is no reason to tell what is above it as well. */
function shownItself(name: string, { recursive, fits }: Wanted): boolean {
  return (recursive ?? false) && fits(name)
}

function isSpecial(box: Reached | undefined): boolean {
  return box !== undefined && box.role in uses
}

/** "a", "a/b" of "a/b/c". */
function* namesAbove(name: string): Generator<string> {
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) yield name.slice(0, at)
}
