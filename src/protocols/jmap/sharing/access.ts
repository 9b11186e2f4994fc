// What somebody may see and do in an account: all in their own, and in another's what the rights in
// its mailboxes say (RFC 4314). What they may not see is as if it were not there.
import type { EmailChange, EmailObject } from '../../../mailbox/email-objects.ts'
import { rightFor } from '../../../mailbox/flags.ts'
import { allRights } from '../../../mailbox/rights.ts'
import type { SharedMailbox } from '../../../mailbox/sharing.ts'
import { SetFailure } from '../errors.ts'

export class Access {
  readonly account: string
  /** The address of the account, where it is another's. */
  readonly owner: string
  /** By mailbox; undefined in one's own account. */
  readonly #rights: ReadonlyMap<string, string> | undefined

  private constructor(account: string, owner: string, rights?: ReadonlyMap<string, string>) {
    this.account = account
    this.owner = owner
    this.#rights = rights
  }

  static own(account: string): Access {
    return new Access(account, '')
  }

  /** Of mailboxes of one account, at least one. */
  static shared(boxes: readonly SharedMailbox[]): Access {
    const { account = '', owner = '' } = boxes[0] ?? {}
    return new Access(account, owner, new Map(boxes.map(({ box, rights }) => [box.id, rights])))
  }

  get isOwn(): boolean {
    return this.#rights === undefined
  }

  rightsIn(mailbox: string): string {
    return this.#rights === undefined ? allRights : (this.#rights.get(mailbox) ?? '')
  }

  /** Whether all of these rights are there. */
  may(mailbox: string, rights: string): boolean {
    const has = this.rightsIn(mailbox)
    return [...rights].every((right) => has.includes(right))
  }

  lists(mailbox: string): boolean {
    return this.may(mailbox, 'l')
  }

  reads(mailbox: string): boolean {
    return this.may(mailbox, 'r')
  }

  /** Whether nothing can be changed at all. */
  get isReadOnly(): boolean {
    return ![...(this.#rights?.values() ?? [allRights])].some((rights) => /[swite]/.test(rights))
  }

  /** Emails as far as they are in mailboxes that may be read. */
  seen(emails: readonly EmailObject[]): readonly EmailObject[] {
    if (this.isOwn) return emails
    return emails.flatMap((email) => {
      const places = email.places.filter(({ mailbox }) => this.reads(mailbox))
      return places.length > 0 ? [{ ...email, places }] : []
    })
  }

  /** @throws SetFailure 'forbidden' for a new email there with these flags */
  needPlace(mailboxes: readonly string[], flags: readonly string[]): void {
    const needed = `i${flags.map((flag) => rightFor(flag)).join('')}`
    if (!mailboxes.every((mailbox) => this.may(mailbox, needed))) throw new SetFailure('forbidden')
  }

  /**
   * Looks whether an email may be changed so, or taken away where no change is given. One that is
   * also where nothing may be seen is left alone.
   * @throws SetFailure 'notFound', 'forbidden'
   */
  needChange(email: EmailObject | undefined, change?: Pick<EmailChange, 'flags' | 'mailboxes'>) {
    if (this.isOwn) return
    if (!email || this.seen([email]).length === 0) throw new SetFailure('notFound')
    const boxes = email.places.map(({ mailbox }) => mailbox)
    const need = (mailboxes: readonly string[], rights: string) => {
      if (!mailboxes.every((mailbox) => this.may(mailbox, rights)))
        throw new SetFailure('forbidden')
    }
    if (!change) return need(boxes, 'rte')
    const { flags, mailboxes } = change
    if (flags) need(boxes, `r${flagRights(flags)}`)
    if (!mailboxes) return
    const { mode, add, remove } = mailboxes
    const leaves = mode === 'replace' ? boxes.filter((box) => !add.includes(box)) : remove
    need(boxes, 'r')
    need(leaves, 'te')
    need(
      add.filter((box) => !boxes.includes(box)),
      'i',
    )
  }
}

function flagRights({ mode, add, remove }: NonNullable<EmailChange['flags']>): string {
  if (mode === 'replace') return 'sw'
  return [...add, ...remove].map((flag) => rightFor(flag)).join('')
}

/** The accounts of mailboxes that are shared, those that show at least one of them. */
export function accessesIn(shared: readonly SharedMailbox[]): readonly Access[] {
  const listed = shared.filter(({ rights }) => rights.includes('l'))
  return [...Map.groupBy(listed, ({ account }) => account).values()].map((boxes) =>
    Access.shared(boxes),
  )
}
