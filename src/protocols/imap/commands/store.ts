// STORE and UID STORE: RFC 9051 §6.4.6, §6.4.9; UNCHANGEDSINCE: RFC 7162 §3.1.3.
import type { FlagRow } from '../../../mailbox/change-log.ts'
import type { Flagged, FlagOrder } from '../../../mailbox/flag-job.ts'
import { rightFor } from '../../../mailbox/flags.ts'
import { countOf, rangesOf, type UidRange, uidText } from '../../../mailbox/uid-set.ts'
import { Syntax } from '../../../wire/protocol.ts'
import { fetchHead, sayFlags } from '../announce.ts'
import type { Cursor, SequenceSet } from '../cursor.ts'
import { newest, told as toldLimit } from '../message-limit.ts'
import { hasAll } from '../reach.ts'
import { ok, replies } from '../replies.ts'
import { type Context, command, type Phase } from '../session.ts'

export const store = storing('STORE')
export const uidStore = storing('UID STORE')

type Selected = Extract<Phase, { in: 'selected' }>

interface Order {
  readonly set: SequenceSet
  readonly unchangedSince: number | undefined
  readonly mode: FlagOrder['mode']
  readonly silent: boolean
  readonly flags: readonly string[]
}

function storing(name: string) {
  const byUid = name.startsWith('UID ')
  return command({
    name,
    when: ['selected'],
    keepsNumbers: !byUid,
    run: async (phase, cursor, context) => {
      const order = orderIn(cursor)
      const { user, view } = phase
      const { options } = context.ports
      const limited = newest(view.resolve(order.set, byUid), options.messagesMax)
      const { uids } = limited
      if (view.readOnly) return { reply: replies.readOnly }
      const { mode, unchangedSince } = order
      // RFC 4314 §4: it fails only where nothing of it is allowed.
      const { rights } = view
      const flags = order.flags.filter((flag) => rights.includes(rightFor(flag)))
      const nothing = mode === 'replace' ? !/[swt]/.test(rights) : flags.length === 0
      if (nothing && order.flags.length > 0) return { reply: replies.noPermission }
      if (unchangedSince !== undefined) user.enable('CONDSTORE')
      const flagged = await context.ports.messages.setFlags({
        ...{ account: view.account, mailbox: view.mailbox, uids, mode, flags },
        ...(hasAll(rights, 'swt') ? {} : { rights }),
        ...(unchangedSince === undefined ? {} : { unchangedSince }),
      })
      await told(phase, { uids, silent: order.silent, flagged }, context)
      const failed = rangesOf(byUid ? flagged.failed : numbersOf(phase, flagged.failed))
      // RFC 2180 §4.2: where some of the messages are gone, the others have their flags.
      const code = failed.length > 0 ? `MODIFIED ${uidText(failed)}` : ''
      return { reply: toldLimit(ok('Stored', code), limited, context.connection) }
    },
  })
}

function numbersOf({ view }: Selected, uids: Uint32Array): number[] {
  return Array.from(uids, (uid) => view.uids.numberOf(uid))
}

const modes = { '': 'replace', '+': 'add', '-': 'remove' } as const

function orderIn(cursor: Cursor): Order {
  cursor.space()
  const set = cursor.sequenceSet()
  cursor.space()
  let unchangedSince: number | undefined
  if (cursor.skip('(')) {
    if (cursor.word('UNCHANGEDSINCE') !== 'UNCHANGEDSINCE')
      throw new Syntax('Expected UNCHANGEDSINCE')
    cursor.space()
    unchangedSince = cursor.number64('a modseq')
    cursor.expect(')')
    cursor.space()
  }
  const sign = cursor.skip('+') ? '+' : cursor.skip('-') ? '-' : ''
  const item = cursor.word('FLAGS')
  if (item !== 'FLAGS' && item !== 'FLAGS.SILENT') throw new Syntax('Expected FLAGS')
  cursor.space()
  const flags = cursor.next === '(' ? cursor.flagList() : spaced(cursor)
  cursor.end()
  return { set, unchangedSince, mode: modes[sign], silent: item !== 'FLAGS', flags }
}

/** RFC 9051 §9 store-att-flags: flags without parentheses. */
function spaced(cursor: Cursor): string[] {
  const flags: string[] = []
  do flags.push(cursor.flag())
  while (cursor.skip(' '))
  return flags
}

interface Done {
  readonly uids: readonly UidRange[]
  readonly silent: boolean
  readonly flagged: Flagged
}

/** Says what the flags are now, or what the client needs to know of a silent change. */
async function told(phase: Selected, { uids, silent, flagged }: Done, context: Context) {
  const { user, view } = phase
  const { ports, connection } = context
  view.follow(flagged)
  const rows = flaggedRows(flagged)
  if (silent) {
    // RFC 7162 §3.1.3: who asks for modseqs is told the new ones all the same.
    if (user.has('CONDSTORE')) sayModseqs(phase, rows, context)
    return
  }
  if (rows.length === countOf(uids)) return sayFlags(phase, rows, { ports, connection })
  for await (const part of ports.messages.fetch(view, uids, ['uid', 'flags', 'more', 'modseq']))
    await sayFlags(phase, part as unknown as readonly FlagRow[], { ports, connection })
}

function flaggedRows({ uids, flags, more, modseqs }: Flagged): FlagRow[] {
  return Array.from(uids, (uid, at) => [uid, flags[at]!, more[at]!, modseqs[at]!])
}

function sayModseqs(
  { user, view }: Selected,
  rows: readonly FlagRow[],
  { connection }: Context,
): void {
  const lines = rows.map(
    ([uid, , , modseq]) => `${fetchHead(user, view, uid)}MODSEQ (${modseq}))\r\n`,
  )
  connection.say(lines.join(''))
}
