// Mailbox/set, RFC 8621 §2.5.
import type { Args, Json } from '../args.ts'
import type { Call, Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { invalidProperties, MethodError, SetFailure } from '../errors.ts'
import { mailboxObjects, mailboxProperties } from '../mailbox-objects.ts'
import { patched, setObjects } from '../objects.ts'
import { Access } from '../sharing/access.ts'
import { share, sharesOf } from '../sharing/mailbox-shares.ts'

const settable = new Set(['name', 'parentId', 'role', 'sortOrder', 'isSubscribed', 'shareWith'])
const fixed = mailboxProperties.filter((name) => !settable.has(name))
const sortOrderMax = 2 ** 31 - 1
const nameMaxBytes = 255

interface Wish {
  readonly name: string
  readonly parentId: string | null
  readonly role: string | null
  readonly sortOrder: number
  readonly isSubscribed: boolean
}

export const mailboxSet: Method = {
  name: 'Mailbox/set',
  capability: mail,
  async run(args, call) {
    const { account, isOwn } = await call.access(args)
    if (!isOwn) throw new MethodError('forbidden', "mailboxes are their owner's to change")
    const setting = new MailboxSetting(call, account, args)
    return setObjects(args, call, {
      state: async () => String(await call.rooms.emails.modseq(account)),
      create: (value) => setting.create(value),
      update: (id, patch) => setting.update(id, patch),
      destroy: (id) => setting.destroy(id),
    })
  },
}

class MailboxSetting {
  readonly #call: Call
  readonly #account: string
  readonly #access: Access
  readonly #args: Args
  /** One after the other: each looks at what those before it left. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(call: Call, account: string, args: Args) {
    this.#call = call
    this.#account = account
    this.#access = Access.own(account)
    this.#args = args
  }

  create(value: Json): Promise<Json & { readonly id: string }> {
    return this.#inTurn(async () => {
      const strange = Object.keys(value).filter((name) => !settable.has(name))
      if (strange.length > 0) throw invalidProperties(strange)
      const defaults = { parentId: null, role: null, sortOrder: 0, isSubscribed: false }
      const wish = this.#wish({ ...defaults, ...value })
      const boxes = await mailboxObjects(this.#call, this.#access, false)
      const full = this.#fullName(wish, boxes, '')
      this.#checkRole(wish, boxes, '')
      const { mailboxes } = this.#call.rooms
      const { role, isSubscribed: subscribed } = wish
      const id = await mailboxes.create(this.#account, full, { role: role ?? '', subscribed })
      if (wish.sortOrder !== 0) await mailboxes.setSortOrder(this.#account, id, wish.sortOrder)
      await share(this.#call, { account: this.#account, mailbox: id }, {}, value.shareWith ?? null)
      const made = (await mailboxObjects(this.#call, this.#access)).get(id) ?? {}
      const told = Object.keys(made).filter((name) => !(name in value))
      return { id, ...Object.fromEntries(told.map((name) => [name, made[name]])) }
    })
  }

  update(id: string, patch: Json): Promise<null> {
    return this.#inTurn(async () => {
      const { mailboxes } = this.#call.rooms
      const boxes = await mailboxObjects(this.#call, this.#access, false)
      const box = boxes.get(id)
      if (!box) throw new SetFailure('notFound')
      const shares = await this.#sharesOf(id, patch)
      const before: Json = { ...box, shareWith: shares }
      const after = patched(before, patch)
      const touched = fixed.filter((name) => !same(before[name], after[name]))
      const strange = Object.keys(after).filter((name) => !mailboxProperties.includes(name))
      if (touched.length + strange.length > 0) throw invalidProperties([...touched, ...strange])
      const wish = this.#wish(after)
      this.#checkRole(wish, boxes, id)
      const moves = wish.name !== before.name || wish.parentId !== before.parentId
      if (id === 'inbox' && (moves || wish.role !== before.role))
        throw new SetFailure('forbidden', 'the inbox stays what it is')
      const full = this.#fullName(wish, boxes, id)
      if (moves) await mailboxes.rename(this.#account, id, full)
      if (wish.role !== before.role) await mailboxes.setRole(this.#account, id, wish.role ?? '')
      if (wish.sortOrder !== before.sortOrder)
        await mailboxes.setSortOrder(this.#account, id, wish.sortOrder)
      if (wish.isSubscribed !== before.isSubscribed)
        await mailboxes.setSubscribed(this.#account, full, wish.isSubscribed)
      if (!same(after.shareWith, shares))
        await share(this.#call, { account: this.#account, mailbox: id }, shares, after.shareWith)
      return null
    })
  }

  /** With whom it is shared, where a patch is about that. */
  async #sharesOf(id: string, patch: Json): Promise<Json> {
    const about = Object.keys(patch).some((path) => /^shareWith(?:\/|$)/.test(path))
    return (about ? (await sharesOf(this.#call, this.#account)).get(id) : undefined) ?? {}
  }

  destroy(id: string): Promise<void> {
    return this.#inTurn(async () => {
      const { mailboxes, views } = this.#call.rooms
      const boxes = await mailboxes.list(this.#account)
      const box = boxes.find((each) => each.id === id)
      if (!box) throw new SetFailure('notFound')
      if (box.role === 'inbox') throw new SetFailure('forbidden', 'the inbox stays')
      if (boxes.some(({ name }) => name.startsWith(`${box.name}/`)))
        throw new SetFailure('mailboxHasChild')
      const counts = await views.counts(this.#account, boxes)
      const { totalEmails = 0 } = counts(id) ?? {}
      if (totalEmails > 0 && !this.#args.boolean('onDestroyRemoveEmails'))
        throw new SetFailure('mailboxHasEmail')
      await mailboxes.delete(this.#account, id)
    })
  }

  /** @throws SetFailure */
  #wish(value: Json): Wish {
    const bad: string[] = []
    const { name, role, sortOrder, isSubscribed } = value
    if (typeof name !== 'string' || !isName(name)) bad.push('name')
    if (role !== null && (typeof role !== 'string' || !/^[a-z]{1,40}$/.test(role))) bad.push('role')
    const order = Number.isSafeInteger(sortOrder) ? (sortOrder as number) : -1
    if (order < 0 || order > sortOrderMax) bad.push('sortOrder')
    if (typeof isSubscribed !== 'boolean') bad.push('isSubscribed')
    if (value.parentId !== null && typeof value.parentId !== 'string') bad.push('parentId')
    if (bad.length > 0) throw invalidProperties(bad)
    const parent = value.parentId as string | null
    const parentId = parent === null ? null : this.#call.mustResolve(parent, 'parentId')
    return { ...(value as unknown as Wish), parentId }
  }

  #fullName({ name, parentId }: Wish, boxes: ReadonlyMap<string, Json>, own: string): string {
    const names = [name]
    for (let id = parentId; id !== null; ) {
      const parent = boxes.get(id)
      if (!parent || id === own) throw invalidProperties(['parentId'])
      names.unshift(id === 'inbox' ? 'INBOX' : (parent.name as string))
      id = parent.parentId as string | null
    }
    const sibling = [...boxes.values()].find(
      (box) => box.id !== own && box.parentId === parentId && box.name === name,
    )
    if (sibling)
      throw new SetFailure('alreadyExists', 'the name is taken', {
        ...{ properties: ['name'], existingId: sibling.id },
      })
    if (own === 'inbox') return 'INBOX'
    return names.join('/')
  }

  #checkRole({ role }: Wish, boxes: ReadonlyMap<string, Json>, own: string): void {
    if (role === null || boxes.get(own)?.role === role) return
    const taken = [...boxes.values()].some((box) => box.id !== own && box.role === role)
    const known = /^(?:archive|drafts|flagged|important|junk|sent|snoozed|trash)$/.test(role)
    if (taken || !known) throw invalidProperties(['role'])
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work)
    this.#last = next.catch(() => {})
    return next
  }
}

/** RFC 8621 §2: Net-Unicode; "/" is between levels in IMAP. */
function isName(name: string): boolean {
  const bytes = Buffer.byteLength(name)
  return bytes > 0 && bytes <= nameMaxBytes && !/[\p{Cc}/]/u.test(name) && name.isWellFormed()
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
