// Jobs on the keys by which a mailbox's URLs are authorised, RFC 4467 §3. A key is an annotation
// that belongs to nobody who logs in, so that it goes with its mailbox and is told to no client.
import { one, reading, run, sql, writingByRow } from '../store/sql.ts'
import { lockAccount } from './change.ts'
import { needMailbox } from './flag-job.ts'

export interface UrlKeyPlace {
  readonly account: string
  readonly mailbox: string
}

/** Whom the keys are private to: no address, nor anything else that RFC 4314 knows. */
const who = ' urls'
const entry = '/private/urlauth'

/** undefined where no URL was ever authorised, or none may be used any more. */
export const findUrlKey = reading('mailbox.url-key', function* ({ account, mailbox }: UrlKeyPlace) {
  return yield* one<{ value: Uint8Array }>(sql`
      select value from annotations where account = ${account} and mailbox = ${mailbox}
        and who = ${who} and entry = ${entry}`)
})

export interface NewUrlKey extends UrlKeyPlace {
  /** What the key is where there is none. */
  readonly key: Uint8Array
}

/** The key that there is from now on. @throws Refused 'not-found' */
export const keepUrlKey = writingByRow(
  'mailbox.keep-url-key',
  function* ({ account, mailbox, key }: NewUrlKey) {
    yield* lockAccount(account)
    yield* needMailbox(account, mailbox)
    yield* run(sql`
      insert into annotations (account, mailbox, who, entry, value)
      values (${account}, ${mailbox}, ${who}, ${entry}, ${key})
      on conflict (account, mailbox, who, entry) do nothing`)
    return yield* findUrlKey.work({ account, mailbox })
  },
)

/** `mailbox` "" is all of the account's. */
export const dropUrlKeys = writingByRow(
  'mailbox.drop-url-keys',
  function* ({ account, mailbox }: UrlKeyPlace) {
    if (mailbox === '')
      yield* run(sql`delete from annotations where account = ${account} and who = ${who}`)
    else
      yield* run(sql`
        delete from annotations where account = ${account} and mailbox = ${mailbox}
          and who = ${who}`)
  },
)
