// What becomes of annotations when mailboxes and accounts do: to be composed into their verbs.
import { run, sql, type Work } from '../store/sql.ts'

/** RFC 5464 §4.1: they stay with INBOX, and go along, too, when it is renamed. */
export function* copyAnnotations(account: string, from: string, to: string): Work<void> {
  yield* run(sql`
    insert into annotations (account, mailbox, who, entry, value)
    select account, ${to}, who, entry, value from annotations
    where account = ${account} and mailbox = ${from}`)
}

/** RFC 5464 §4.1: they go with their mailbox. */
export function* dropAnnotations(account: string, mailbox: string): Work<void> {
  yield* run(sql`delete from annotations where account = ${account} and mailbox = ${mailbox}`)
}

/** Whoever has this address next finds none of the one before. */
export function* forgetAnnotations(address: string): Work<void> {
  yield* run(sql`delete from annotations where who = ${address}`)
}
