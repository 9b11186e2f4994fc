// Jobs on annotations, RFC 5464: named values of a mailbox, or of the account as a whole.
import { Refused } from '../base/refused.ts'
import { all, one, reading, run, sql, type Work, writingByRow } from '../store/sql.ts'
import { type Change, lockAccount } from './change.ts'
import { needMailbox } from './flag-job.ts'
import { setRole } from './mailbox-jobs.ts'

export interface AnnotationPlace {
  readonly account: string
  /** "" for what is of no mailbox. */
  readonly mailbox: string
  /** Whom private ones are to be told to. */
  readonly who: string
}

export interface AnnotationRow {
  /** In lower case: "/private/comment". */
  readonly entry: string
  readonly value: Uint8Array
}

/** In the order of their names. */
export const listAnnotations = reading(
  'mailbox.annotations',
  function* ({ account, mailbox, who }: AnnotationPlace) {
    return yield* all<AnnotationRow>(sql`
      select entry, value from annotations
      where account = ${account} and mailbox = ${mailbox} and who in (${who}, '') order by entry`)
  },
)

/** RFC 5464 §4.1 asks for 10 at least. */
const entriesMax = 100
/** All that an account's annotations may take. */
const bytesMax = 8 * 1024 * 1024

export interface AnnotationOrder extends AnnotationPlace {
  readonly entries: readonly {
    readonly entry: string
    /** null: it goes. */
    readonly value: Uint8Array | null
  }[]
  /** What the mailbox is for from now on; undefined: as before. */
  readonly role?: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** All or none. @throws Refused 'not-found', 'too-many'; as `setRole` */
export const setAnnotations = writingByRow(
  'mailbox.set-annotations',
  function* (order: AnnotationOrder) {
    const { account, mailbox, role, at } = order
    yield* lockAccount(account)
    if (mailbox !== '') yield* needMailbox(account, mailbox)
    let changes: readonly Change[] = []
    if (role !== undefined) changes = yield* setRole.work({ account, id: mailbox, role, at })
    for (const { entry, value } of order.entries) {
      const who = entry.startsWith('/private/') ? order.who : ''
      if (value)
        yield* run(sql`
          insert into annotations (account, mailbox, who, entry, value)
          values (${account}, ${mailbox}, ${who}, ${entry}, ${value})
          on conflict (account, mailbox, who, entry) do update set value = excluded.value`)
      else
        yield* run(sql`
          delete from annotations where account = ${account} and mailbox = ${mailbox}
            and who = ${who} and entry = ${entry}`)
    }
    if (order.entries.some(({ value }) => value)) yield* needRoom(order)
    return changes
  },
)

function* needRoom({ account, mailbox }: AnnotationPlace): Work<void> {
  const here = yield* one<{ n: number }>(sql`
    select max(n) as n from (select count(*) as n from annotations
      where account = ${account} and mailbox = ${mailbox} group by who) counted`)
  const sum = yield* one<{ bytes: number }>(sql`
    select sum(length(value) + length(entry)) as bytes from annotations
    where account = ${account}`)
  if ((here?.n ?? 0) > entriesMax || Number(sum?.bytes ?? 0) > bytesMax)
    throw new Refused('too-many', `annotations of ${account}`)
}
