// SELECT and EXAMINE: RFC 9051 §6.3.2; with CONDSTORE and QRESYNC, RFC 7162 §3.1.8, §3.2.5.
import type { Mailboxes, SelectedMailbox } from '../../../mailbox/mailboxes.ts'
import { Syntax } from '../../../wire/protocol.ts'
import { flagLines, takeRecent } from '../announce.ts'
import type { Cursor } from '../cursor.ts'
import { quotedName } from '../names.ts'
import { denied, elsewhere, may, ownReached, type Reached, reach } from '../reach.ts'
import { type ImapReply, ok, replies } from '../replies.ts'
import { type Resync, resync, resyncParameters } from '../resync.ts'
import { type Context, command, type ImapTurn, loggedIn, type Phase } from '../session.ts'
import type { User } from '../user.ts'
import { View } from '../view.ts'

type LoggedIn = Extract<Phase, { in: 'ready' | 'selected' }>

export const select = selecting('SELECT', false)
export const examine = selecting('EXAMINE', true)

function selecting(name: string, examines: boolean) {
  return command({
    name,
    when: loggedIn,
    run: (phase, cursor, context) => {
      cursor.space()
      const mailbox = cursor.mailbox()
      const asked = parameters(cursor, phase.user)
      cursor.end()
      return open(phase, { mailbox, examines, asked }, context)
    },
  })
}

interface Asked {
  readonly condstore: boolean
  readonly resync: Resync | undefined
}

function parameters(cursor: Cursor, user: User): Asked {
  let condstore = false
  let known: Resync | undefined
  if (cursor.skip(' '))
    cursor.list(() => {
      if (cursor.skip('QRESYNC')) known = resyncParameters(cursor, user)
      else if (cursor.word('a parameter') === 'CONDSTORE') condstore = true
      else throw new Syntax('Unknown parameter')
    })
  return { condstore, resync: known }
}

interface Opening {
  readonly mailbox: string
  readonly examines: boolean
  readonly asked: Asked
}

async function open(
  phase: LoggedIn,
  { mailbox, examines, asked }: Opening,
  context: Context,
): Promise<ImapTurn> {
  const { user } = phase
  const { ports, connection } = context
  const found = await selected(ports.mailboxes, user, mailbox)
  // RFC 9051 §6.3.2: whatever comes of it, the mailbox of before is no longer selected.
  if (phase.in === 'selected') connection.say('* OK [CLOSED] The previous mailbox is closed\r\n')
  if ('is' in found) return { reply: found, phase: { in: 'ready', user } }
  if (asked.condstore) user.enable('CONDSTORE')
  const { id, uidValidity, account, rights } = found.box
  // RFC 4314 §5.2: who may change nothing only reads.
  const readOnly = examines || !/[ieswt]/.test(rights)
  const view = new View({ account, mailbox: id, uidValidity, readOnly, rights })
  for (const [first, last] of found.uids) view.uids.addRange(first, last)
  view.modseq = found.box.modseq
  view.uidNext = found.box.uidNext
  view.names = await ports.messages.flagNames(view.account)
  view.keywords = view.names.keywords.length
  if (!user.has('IMAP4rev2')) await takeRecent(view, ports.recents)
  connection.say(opened(found, user, view))
  if (asked.resync?.uidValidity === uidValidity) await resync(user, view, asked.resync, context)
  const code = readOnly ? 'READ-ONLY' : 'READ-WRITE'
  return { reply: ok('Selected', code), phase: { in: 'selected', user, view } }
}

interface Selected extends SelectedMailbox {
  readonly box: Reached
}

/** What is in the mailbox, or why that is not told. */
async function selected(
  mailboxes: Mailboxes,
  user: User,
  name: string,
): Promise<Selected | ImapReply> {
  if (!elsewhere(name)) {
    const found = await mailboxes.select(user.account, name)
    return found ? { ...found, box: ownReached(found.box, user) } : replies.noMailbox
  }
  const box = await reach(mailboxes, user, name)
  if (!may(box, 'r')) return denied(box)
  const found = await mailboxes.select(box.account, box.ownName)
  if (!found) return replies.noMailbox
  const { account, owner, ownName, rights } = box
  return { ...found, box: { ...found.box, name: box.name, account, owner, ownName, rights } }
}

function opened({ box, firstUnseen }: Selected, user: User, view: View): string {
  const lines = [`* ${view.count} EXISTS\r\n`]
  const rev1 = !user.has('IMAP4rev2')
  // RFC 3501 §7.3.2, which RFC 9051 gave up.
  if (rev1) lines.push(`* ${view.recentCount} RECENT\r\n`)
  lines.push(flagLines(view))
  const unseen = firstUnseen === 0 ? 0 : view.uids.numberOf(firstUnseen)
  if (rev1 && unseen > 0 && !user.has('UIDONLY'))
    lines.push(`* OK [UNSEEN ${unseen}] First unseen\r\n`)
  lines.push(
    `* OK [UIDVALIDITY ${box.uidValidity}] UIDs stay\r\n`,
    `* OK [UIDNEXT ${box.uidNext}] Next UID\r\n`,
    `* OK [HIGHESTMODSEQ ${box.modseq}] Last change\r\n`,
    `* OK [MAILBOXID (${box.id})] Its id\r\n`,
  )
  // RFC 9051 §7.3.1: how the mailbox is called, for those who agreed upon IMAP4rev2.
  if (!rev1) lines.push(`* LIST () "/" ${quotedName(box.name, true)}\r\n`)
  return lines.join('')
}
