// SEARCH and UID SEARCH, RFC 9051 §6.4.4, RFC 4731; SORT, RFC 5256 §3 and RFC 5267 §3; THREAD,
// RFC 5256 §3. What they find is found in search/.
import { rangesOf } from '../../../mailbox/uid-set.ts'
import type { Cursor } from '../cursor.ts'
import { BeyondLimit, limitedSearch, told as toldLimit } from '../message-limit.ts'
import { filtersOf, serverAnnotations } from '../metadata.ts'
import { type ImapReply, no, ok } from '../replies.ts'
import { asksNumbers, foundBy } from '../search/found-by.ts'
import { esearchLine, type Found, savedOf, searchLine } from '../search/found-text.ts'
import {
  type Returns,
  readSearch,
  readSort,
  readThread,
  type SortCriterion,
} from '../search/search-command.ts'
import {
  FilterCharset,
  type Filters,
  type SearchKey,
  UndefinedFilter,
  UnknownCharset,
} from '../search/search-keys.ts'
import { asksModseq, type Result } from '../search/search-mailbox.ts'
import { checkTag, keepUpdated } from '../search/search-updates.ts'
import { sortFound } from '../search/sort.ts'
import { threadFound } from '../search/thread.ts'
import { threadsText } from '../search/thread-tree.ts'
import { type Context, command, type Phase, UidRequired } from '../session.ts'
import type { User } from '../user.ts'

export const search = searching('SEARCH')
export const uidSearch = searching('UID SEARCH')
export const sort = sorting('SORT')
export const uidSort = sorting('UID SORT')
export const thread = threading('THREAD')
export const uidThread = threading('UID THREAD')

type Selected = Extract<Phase, { in: 'selected' }>

export const badCharset = no('BADCHARSET (US-ASCII UTF-8)', 'That charset is not known')
export const everything: Returns = { options: new Set(['ALL']), partial: undefined }

type Run = (phase: Selected, cursor: Cursor, context: Context) => Promise<ImapReply>

function declared(name: string, run: Run) {
  return command({
    name,
    when: ['selected'],
    keepsNumbers: !name.startsWith('UID '),
    run: async (phase, cursor, context) => {
      cursor.space()
      try {
        return { reply: await run(phase, cursor, context) }
      } catch (error) {
        const reply = replyTo(error)
        if (!reply) throw error
        return { reply }
      }
    },
  })
}

/** What is said of a search that cannot be read. */
function replyTo(error: unknown): ImapReply | undefined {
  if (error instanceof UnknownCharset) return badCharset
  // RFC 5466 §3.1
  if (error instanceof FilterCharset) return { ...badCharset, is: 'BAD' }
  if (error instanceof UndefinedFilter)
    return no(`UNDEFINED-FILTER ${error.filter}`, 'There is no such filter')
  return undefined
}

/** The account's filters, where the command may name one: RFC 5466 §3.2. */
async function filtersFor(user: User, { heard, ports }: Context): Promise<Filters | undefined> {
  const named = heard.pieces.some((piece) => 'text' in piece && /filter /i.test(`${piece.text}`))
  return named ? filtersOf(await serverAnnotations(user, ports)) : undefined
}

function searching(name: string) {
  return declared(name, async (phase, cursor, context) => {
    const { returns, key: whole } = readSearch(cursor, await filtersFor(phase.user, context))
    const limited = limitedSearch(phase.view, whole, context.ports.options.messagesMax)
    const { key } = limited
    const result = await found(phase, { key, returns }, context)
    const uids = result.indexes.map((at) => result.columns.uid[at]!)
    // RFC 9051 §6.4.4: IMAP4rev2 knows no other answer than ESEARCH.
    const answer = returns ?? (phase.user.has('IMAP4rev2') ? everything : undefined)
    const told = { uids, found: result, key, returns: answer, name }
    say('SEARCH', told, { phase, context })
    keep(told, undefined, { phase, context })
    return toldLimit(ok('Searched'), limited, context.connection)
  })
}

function sorting(name: string) {
  return declared(name, async (phase, cursor, context) => {
    const { returns, criteria, key } = readSort(cursor, await filtersFor(phase.user, context))
    needFew(phase, key, context)
    const result = await found(phase, { key, returns }, context)
    const { messages } = context.ports
    const sorted = await sortFound(result, criteria, { place: phase.view, messages })
    const uids = sorted.map((at) => result.columns.uid[at]!)
    const told = { uids, found: result, key, returns, name }
    say('SORT', told, { phase, context })
    keep(told, criteria, { phase, context })
    return ok('Sorted')
  })
}

function threading(name: string) {
  return declared(name, async (phase, cursor, context) => {
    const { algorithm, key } = readThread(cursor, await filtersFor(phase.user, context))
    needFew(phase, key, context)
    const result = await found(phase, { key, returns: undefined }, context)
    const { messages } = context.ports
    const threads = await threadFound(result, algorithm, { place: phase.view, messages })
    const byUid = name.startsWith('UID ')
    const { uids } = phase.view
    const text = threadsText(threads, (uid) => (byUid ? uid : uids.numberOf(uid)))
    context.connection.say(`* THREAD${text === '' ? '' : ` ${text}`}\r\n`)
    return ok('Threaded')
  })
}

/** RFC 9738 §3.3: an order of a part is none. @throws BeyondLimit */
function needFew({ view }: Selected, key: SearchKey, { ports }: Context): void {
  const { max, lowest } = limitedSearch(view, key, ports.options.messagesMax)
  if (lowest !== undefined) throw new BeyondLimit(max)
}

interface Asked {
  readonly key: SearchKey
  readonly returns: Returns | undefined
}

async function found(
  { user, view }: Selected,
  { key, returns }: Asked,
  { ports, heard }: Context,
): Promise<Result> {
  prepare(user, key)
  if (returns) checkTag(view, returns, heard.tag)
  try {
    return await foundBy({ user, view }, key, ports)
  } catch (error) {
    // RFC 5182 §2.1: a search that fails saves that nothing was found.
    if (returns?.options.has('SAVE') && !(error instanceof SyntaxError)) view.saved = []
    throw error
  }
}

/** @throws UidRequired */
export function prepare(user: User, key: SearchKey): void {
  if (user.has('UIDONLY') && asksNumbers(key)) throw new UidRequired()
  if (asksModseq(key)) user.enable('CONDSTORE')
}

/** RFC 5267 §4.3: tells of changes from now on, where that was asked. */
function keep(
  { uids, key, returns, name }: Told,
  criteria: readonly SortCriterion[] | undefined,
  { phase: { view }, context }: Within,
): void {
  if (!returns?.update) return
  const { tag } = context.heard
  const byUid = name.startsWith('UID ')
  const search = { tag, where: '', byUid, key, criteria, items: returns.update, uids }
  context.connection.say(keepUpdated(view, search))
}

interface Within {
  readonly phase: Selected
  readonly context: Context
}

interface Told {
  /** In the order of the answer. */
  readonly uids: readonly number[]
  readonly found: Result
  readonly key: SearchKey
  readonly returns: Returns | undefined
  readonly name: string
}

function say(
  word: 'SEARCH' | 'SORT',
  { uids, found: { columns }, key, returns, name }: Told,
  { phase: { view }, context }: Within,
): void {
  const modseqOf = (uid: number) => columns.modseq[columns.indexOf(uid)] ?? 0
  const found: Found = asksModseq(key) ? { uids, modseqOf } : { uids }
  const { tag } = context.heard
  const options = { tag, byUid: name.startsWith('UID '), numbers: view.uids }
  const { connection } = context
  if (returns) connection.say(esearchLine(found, returns, options))
  else connection.say(searchLine(word, found, options))
  const saved = returns && savedOf(found, returns)
  if (saved) view.saved = rangesOf(saved)
}
