// What accounts taught about junk and wanted mail, and the verdicts that were made of it. The
// account "" is what all of them taught together.

import { goneOf } from '../../mailbox/change.ts'
import { accountState, type LogRow } from '../../mailbox/change-log.ts'
import { listed, overSlice, slicesOf, uidRanges } from '../../mailbox/uid-set.ts'
import { all, one, reading, run, sql, type Work, writing, writingByRow } from '../../store/sql.ts'
import type { Counts } from '../../trust/spam/classifier.ts'

/** Whom everybody's lessons count for. */
export const everybody = ''

export interface Question {
  readonly account: string
  readonly words: readonly string[]
  /** Addresses, and domains that were proven as "@domain". */
  readonly senders: readonly string[]
  /** Message-IDs that it answers. */
  readonly answered: readonly string[]
}

export interface SenderRow {
  readonly sender: string
  readonly junk: number
  readonly wanted: number
  readonly sent: number
}

export interface Learnt {
  readonly learnt: Counts
  readonly words: readonly WordRow[]
}

type WordRow = Counts & { readonly word: string }

/** What is known that has to do with one message. */
export const askKnowledge = reading('spam.knowledge', function* (question: Question) {
  const { account, senders } = question
  const list = listed(senders)
  const known = yield* all<SenderRow>({
    text: `select sender, junk, wanted, sent from spam_senders
      where account = ? and sender in ${list.text}`,
    values: [account, ...list.values],
  })
  const box = yield* junkOf(account)
  return {
    own: yield* learntOf(account, question.words),
    shared: yield* learntOf(everybody, question.words),
    senders: known,
    answers: yield* answersOwn(account, question.answered),
    junkMailbox: box?.id ?? '',
  }
})

function* junkOf(account: string) {
  return yield* one<{ id: string; name: string }>(sql`
    select id, name from mailboxes where account = ${account} and role = 'junk'`)
}

/** The mailbox for junk, where there is one. */
export const findJunk = reading('spam.find-junk', junkOf)

function* learntOf(account: string, words: readonly string[]): Work<Learnt> {
  const learnt = yield* one<Counts>(sql`
    select junk, wanted from spam_accounts where account = ${account}`)
  // Most accounts never taught anything.
  if (!learnt || learnt.junk + learnt.wanted === 0 || words.length === 0)
    return { learnt: learnt ?? { junk: 0, wanted: 0 }, words: [] }
  const list = listed(words)
  const found = yield* all<WordRow>({
    text: `select word, junk, wanted from spam_words where account = ? and word in ${list.text}`,
    values: [account, ...list.values],
  })
  return { learnt, words: found }
}

/** Whether it answers what the account sent: it names the Message-ID of a message in Sent. */
function* answersOwn(account: string, answered: readonly string[]): Work<boolean> {
  for (const id of answered) {
    const row = yield* one(sql`
      select message_id from spam_sent where account = ${account} and message_id = ${id}`)
    if (row) return true
  }
  return false
}

export interface Lesson {
  readonly account: string
  readonly email: string
  readonly junk: boolean
  readonly words: readonly string[]
  readonly senders: readonly string[]
}

/**
 * Learns that a message is junk, or is not, and forgets what it was taken for before. Learnt once,
 * however often it is said. Serializable, where processes share a database.
 */
export const learn = writing('spam.learn', function* (lesson: Lesson) {
  const { account, email, junk } = lesson
  const before = yield* one<{ junk: number }>(sql`
    select junk from spam_learnt where account = ${account} and email = ${email}`)
  if (before && (before.junk !== 0) === junk) return false
  yield* run(sql`
    insert into spam_learnt (account, email, junk) values (${account}, ${email}, ${junk ? 1 : 0})
    on conflict (account, email) do update set junk = excluded.junk`)
  if (before) yield* count(lesson, !junk, -1)
  yield* count(lesson, junk, 1)
  return true
})

function* count(lesson: Lesson, junk: boolean, by: 1 | -1): Work<void> {
  const [addJunk, addWanted] = junk ? [by, 0] : [0, by]
  for (const account of [lesson.account, everybody]) {
    yield* run(sql`
      insert into spam_accounts (account, junk, wanted, upto)
      values (${account}, ${Math.max(0, addJunk)}, ${Math.max(0, addWanted)}, -1)
      on conflict (account) do update set junk = spam_accounts.junk + ${addJunk},
        wanted = spam_accounts.wanted + ${addWanted}`)
    for (const word of lesson.words)
      yield* run(sql`
        insert into spam_words (account, word, junk, wanted)
        values (${account}, ${word}, ${Math.max(0, addJunk)}, ${Math.max(0, addWanted)})
        on conflict (account, word) do update set junk = spam_words.junk + ${addJunk},
          wanted = spam_words.wanted + ${addWanted}`)
  }
  for (const sender of lesson.senders)
    yield* run(sql`
      insert into spam_senders (account, sender, junk, wanted, sent)
      values (${lesson.account}, ${sender}, ${Math.max(0, addJunk)}, ${Math.max(0, addWanted)}, 0)
      on conflict (account, sender) do update set junk = spam_senders.junk + ${addJunk},
        wanted = spam_senders.wanted + ${addWanted}`)
}

export interface SentLesson {
  readonly account: string
  readonly messageId: string
  readonly recipients: readonly string[]
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Learns whom an account writes to, and what answers of theirs will name. */
export const learnSent = writingByRow('spam.learn-sent', function* (lesson: SentLesson) {
  const { account, messageId, recipients, at } = lesson
  if (messageId !== '')
    yield* run(sql`
      insert into spam_sent (account, message_id, at) values (${account}, ${messageId}, ${at})
      on conflict (account, message_id) do nothing`)
  for (const sender of recipients)
    yield* run(sql`
      insert into spam_senders (account, sender, junk, wanted, sent)
      values (${account}, ${sender}, 0, 0, 1)
      on conflict (account, sender) do update set sent = spam_senders.sent + 1`)
})

export interface Lessons {
  /** How far it was looked at before; -1 for never. */
  readonly from: number
  /** Put into Junk by somebody, not by us. */
  readonly junk: readonly string[]
  /** Taken out of Junk, and kept. */
  readonly wanted: readonly string[]
  readonly sent: readonly string[]
  readonly upTo: number
  readonly more: boolean
}

const rowsMax = 50
const nothing = { junk: [], wanted: [], sent: [] }

interface Marked {
  readonly email: string
  readonly received_at: number
  readonly saved_at: number
}

/** What an account has done with its mail since it was last looked at. */
export const lessonsSince = reading('spam.lessons', function* (account: string): Work<Lessons> {
  const state = yield* accountState(account)
  const known = yield* one<{ upto: number }>(sql`
    select upto from spam_accounts where account = ${account}`)
  const from = known?.upto ?? -1
  // What was before it was first looked at, or is forgotten, teaches nothing.
  if (from < state.horizon) return { ...nothing, from, upTo: state.modseq, more: false }
  const boxes = yield* all<{ id: string; role: string }>(sql`
    select id, role from mailboxes where account = ${account} and role in ('junk', 'sent', 'trash')`)
  const roles = new Map(boxes.map(({ id, role }) => [id, role]))
  const log = yield* all<LogRow>(sql`
    select modseq, mailbox, kind, uids, gone from changes
    where account = ${account} and modseq > ${from} order by modseq limit ${rowsMax}`)
  const left = log
    .filter(({ kind, mailbox }) => kind === 'removed' && roles.get(mailbox) === 'junk')
    .flatMap(({ gone }) => goneOf(gone).map(({ email }) => email))
  const came = log.filter(({ kind }) => kind === 'added')
  const inJunk = yield* markedIn(
    account,
    came.filter(({ mailbox }) => roles.get(mailbox) === 'junk'),
  )
  const inSent = yield* markedIn(
    account,
    came.filter(({ mailbox }) => roles.get(mailbox) === 'sent'),
  )
  // What we file there ourselves is saved the moment it is received.
  const junk = inJunk.filter((one) => one.saved_at !== one.received_at).map(({ email }) => email)
  const sent = inSent.map(({ email }) => email)
  const wanted = yield* keptOf(account, left, roles)
  const more = log.length === rowsMax
  const upTo = more ? (log.at(-1)?.modseq ?? from) : Math.max(from, state.modseq)
  return { junk, wanted, sent, from, upTo, more }
})

function* markedIn(account: string, log: readonly LogRow[]): Work<readonly Marked[]> {
  const found: Marked[] = []
  for (const row of log) found.push(...(yield* marked(account, row)))
  return found
}

function* marked(account: string, { mailbox, uids }: LogRow): Work<readonly Marked[]> {
  const found: Marked[] = []
  for (const slice of slicesOf(uidRanges(uids))) {
    const head = sql`
      select email, received_at, saved_at from messages
      where account = ${account} and mailbox = ${mailbox} and`
    found.push(...(yield* all<Marked>(overSlice(head, slice))))
  }
  return found
}

/** Those that are now in a mailbox that is neither Junk nor Trash. */
function* keptOf(
  account: string,
  emails: readonly string[],
  roles: ReadonlyMap<string, string>,
): Work<readonly string[]> {
  const kept: string[] = []
  for (const email of new Set(emails)) {
    const thread = yield* one<{ thread: number }>(sql`
      select thread from emails where account = ${account} and id = ${email}`)
    if (!thread) continue
    const places = yield* all<{ mailbox: string }>(sql`
      select mailbox from messages
      where account = ${account} and thread = ${thread.thread} and email = ${email}`)
    const isKept = places.some(({ mailbox }) => !/^(junk|trash)$/.test(roles.get(mailbox) ?? ''))
    if (isKept) kept.push(email)
  }
  return kept
}

/** How far each of them was looked at. */
export const learntUpTo = reading('spam.learnt-upto', function* (accounts: readonly string[]) {
  const list = listed(accounts)
  return yield* all<{ account: string; upto: number }>({
    text: `select account, upto from spam_accounts where account in ${list.text}`,
    values: list.values,
  })
})

export const setUpTo = writingByRow(
  'spam.set-upto',
  function* ({ account, upTo }: { account: string; upTo: number }) {
    yield* run(sql`
      insert into spam_accounts (account, junk, wanted, upto) values (${account}, 0, 0, ${upTo})
      on conflict (account) do update set upto = excluded.upto
      where spam_accounts.upto < excluded.upto`)
  },
)

export interface KeptVerdict {
  readonly message: string
  readonly account: string
  /** JSON of a `Verdict`. */
  readonly verdict: string
  readonly at: number
}

export const keepVerdict = writingByRow('spam.keep-verdict', function* (kept: KeptVerdict) {
  yield* run(sql`
    insert into spam_verdicts (message, account, verdict, at)
    values (${kept.message}, ${kept.account}, ${kept.verdict}, ${kept.at})
    on conflict (message, account) do nothing`)
})

/** The verdicts on a message, by the id of its trace; `local` is null for who is gone. */
export const verdictsOn = reading('spam.verdicts', function* (message: string) {
  return yield* all<KeptVerdict & { local: string | null; domain: string | null }>(sql`
    select v.message, v.account, v.verdict, v.at, a.local, a.domain from spam_verdicts v
    left join accounts a on a.id = v.account
    where v.message = ${message} order by v.account`)
})

/** The verdict on a message for one account, as JSON. */
export const verdictFor = reading('spam.verdict-for', function* ({ message, account }: Copy) {
  const row = yield* one<{ verdict: string }>(sql`
    select verdict from spam_verdicts where message = ${message} and account = ${account}`)
  return row?.verdict
})

type Copy = Pick<KeptVerdict, 'message' | 'account'>

const forgottenMax = 1_000

/** Forgets what is older than a time, at most 1,000 of each kind; whether there may be more. */
export const forgetSpam = writing('spam.forget', function* (before: number) {
  const verdicts = yield* all<{ message: string; account: string }>(sql`
    select message, account from spam_verdicts where at < ${before} limit ${forgottenMax}`)
  for (const { message, account } of verdicts)
    yield* run(sql`
      delete from spam_verdicts where message = ${message} and account = ${account}`)
  const sent = yield* all<{ account: string; message_id: string }>(sql`
    select account, message_id from spam_sent where at < ${before} limit ${forgottenMax}`)
  for (const { account, message_id } of sent)
    yield* run(sql`
      delete from spam_sent where account = ${account} and message_id = ${message_id}`)
  return verdicts.length === forgottenMax || sent.length === forgottenMax
})

/** A part of what an account taught; false when nothing is left of it. */
export function* forgetAccount(account: string): Work<boolean> {
  const rows = yield* all<{ word: string }>(sql`
    select word from spam_words where account = ${account} order by word limit ${forgottenMax}`)
  const last = rows.at(-1)?.word
  if (last !== undefined) {
    yield* run(sql`delete from spam_words where account = ${account} and word <= ${last}`)
    return true
  }
  yield* run(sql`delete from spam_learnt where account = ${account}`)
  yield* run(sql`delete from spam_senders where account = ${account}`)
  yield* run(sql`delete from spam_sent where account = ${account}`)
  yield* run(sql`delete from spam_accounts where account = ${account}`)
  return false
}

export const spamJobs = [
  ...[askKnowledge, findJunk, learn, learnSent, learntUpTo, lessonsSince, setUpTo],
  ...[keepVerdict, verdictsOn, verdictFor, forgetSpam],
]
