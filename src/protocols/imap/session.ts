// The phases of an IMAP session, RFC 9051 §3, what it is made with, and how a command is declared.
import type { Login, Where } from '../../accounts/logins.ts'
import type { Log } from '../../base/log.ts'
import type { Mailboxes } from '../../mailbox/mailboxes.ts'
import type { Messages } from '../../mailbox/messages.ts'
import type { Search } from '../../mailbox/search/search.ts'
import type { Connection } from '../../wire/connection.ts'
import type { LiteralReader } from '../../wire/literal-reader.ts'
import { type Client, type Turn, words } from '../../wire/protocol.ts'
import { offered } from '../../wire/sasl.ts'
import type { Authenticator } from '../../wire/sasl-port.ts'
import { announce, stillShared } from './announce.ts'
import { Cursor } from './cursor.ts'
import { telling } from './in-progress.ts'
import { BeyondLimit, isLimit, type MessageLimits, sayLimit } from './message-limit.ts'
import type { Said } from './reading.ts'
import type { Recents } from './recents.ts'
import { type ImapReply, replies } from './replies.ts'
import type { Speech } from './speech.ts'
import type { User } from './user.ts'
import type { View } from './view.ts'

export interface ImapOptions extends MessageLimits {
  readonly serverName: string
  readonly version: string
  /** RFC 5464 §6.2.2: a URI by which the server's administrator is reached. */
  readonly contact: string
  /** Largest message of APPEND, announced as APPENDLIMIT. */
  readonly sizeMaxBytes: number
  /** Until a stranger has logged in; RFC 9051 §5.4 asks for 30 minutes after that. */
  readonly loginTimeoutMs: number
  readonly idleTimeoutMs: number
  /** A message must come at least this fast on average, after the first minute. */
  readonly dataMinBytesPerSecond: number
  /** How often a client that waits is told that its command goes on. */
  readonly inProgressEveryMs: number
  readonly errorsMax: number
  readonly starttls: boolean
  /** RFC 9698 §3: where JMAP's session is; "" where there is none for who logs in here. */
  readonly jmapUrl: string
}

/** What all sessions share. */
export interface ImapPorts {
  readonly options: ImapOptions
  readonly mailboxes: Mailboxes
  readonly messages: Messages
  readonly search: Search
  readonly recents: Pick<Recents, 'first' | 'take'>
  readonly log: Log
  /** Who proves logins, for one client. */
  authenticator(where: Where): Authenticator<Login>
}

/** What a session's commands are handed. */
export interface SessionPorts extends ImapPorts {
  readonly reader: LiteralReader
  readonly speech: Speech
}

export type Phase =
  | { readonly in: 'stranger'; readonly failures: number }
  | { readonly in: 'ready'; readonly user: User }
  | { readonly in: 'selected'; readonly user: User; readonly view: View }

export type ImapTurn = Turn<Phase, ImapReply>

/** Beside its arguments, what a command may use. */
export interface Context {
  readonly ports: SessionPorts
  readonly client: Client
  readonly connection: Connection
  readonly heard: Said
}

const word = words<Phase, ImapReply, SessionPorts, Said>()

/** RFC 9586 §3: a sequence number where there are none. */
export class UidRequired extends Error {}

/** Commands whose messages are known by sequence numbers, as they are said or answered. */
const numbered = ['FETCH', 'STORE', 'SEARCH', 'SORT', 'THREAD', 'COPY', 'MOVE', 'REPLACE']

export interface Declared<In extends Phase['in']> {
  readonly name: string
  readonly when: readonly In[]
  /** RFC 9051 §7.5.1: while sequence numbers are in use, none of them may change. */
  readonly keepsNumbers?: boolean
  /** RFC 9051 §5.5: it changes nothing that another such command may ask about. */
  readonly joins?: boolean
  readonly run: (
    phase: Extract<Phase, { in: In }>,
    cursor: Cursor,
    context: Context,
  ) => Promise<ImapTurn> | ImapTurn
}

/** A command: it reads its arguments, answers, and tells what has changed in the meantime. */
export function command<In extends Phase['in']>(declared: Declared<In>) {
  const { name, when, keepsNumbers, joins = false, run } = declared
  return word({
    name,
    when,
    joins,
    parse: (heard) => heard,
    run: async (phase, heard, ports, client) => {
      const before: Phase = phase
      const user = before.in === 'stranger' ? undefined : before.user
      if (user?.has('UIDONLY') && numbered.includes(name)) return uidRequired
      const utf8 = user?.utf8 ?? false
      const cursor = new Cursor(heard.pieces, { utf8 })
      const { connection } = client
      if (isElsewhere(before) && !(await stillShared(before, ports.mailboxes)))
        return { reply: replies.mailboxGone, next: 'close' }
      const condstore = before.in === 'selected' && before.user.has('CONDSTORE')
      const context = { ports, client, connection, heard }
      const everyMs = ports.options.inProgressEveryMs
      const turn = await telling({ name, tag: heard.tag, connection, everyMs }, () =>
        heardOut(() => run(phase, cursor, context)),
      )
      const told = async (turn: ImapTurn): Promise<ImapTurn> => {
        if (before.in !== 'selected' || turn.phase) return turn
        // RFC 7162 §3.1: whoever begins to ask for modseqs is told where the mailbox is.
        if (!condstore && before.user.has('CONDSTORE'))
          connection.say(`* OK [HIGHESTMODSEQ ${before.view.modseq}] Last change\r\n`)
        const there = await announce(before, { ports, connection, expunges: !keepsNumbers })
        if (!there) return { reply: replies.mailboxGone, next: 'close' }
        return keepsNumbers ? hinted(turn, before.view, connection) : turn
      }
      const { later } = turn
      return later ? { later: async () => told(await later()) } : told(turn)
    },
  })
}

const uidRequired: ImapTurn = { reply: replies.uidRequired, blame: true }

async function heardOut(run: () => Promise<ImapTurn> | ImapTurn): Promise<ImapTurn> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof UidRequired) return uidRequired
    if (error instanceof BeyondLimit) return { reply: error.reply }
    throw error
  }
}

/** RFC 9051 §7.1: who may not be told what is gone is told to ask. */
function hinted(turn: ImapTurn, view: View, connection: Connection): ImapTurn {
  const { reply } = turn
  if (view.gone.length === 0 || reply?.is !== 'OK') return turn
  // RFC 9738 §3.1: the limit is told before it then.
  if (isLimit(reply)) sayLimit(reply.code, connection)
  else if (reply.code !== '') return turn
  return { ...turn, reply: { ...reply, code: 'EXPUNGEISSUED' } }
}

/** In a mailbox of somebody else, whose rights may be others by now. */
function isElsewhere(phase: Phase): phase is Extract<Phase, { in: 'selected' }> {
  return phase.in === 'selected' && phase.view.account !== phase.user.account
}

export const anytime = ['stranger', 'ready', 'selected'] as const
export const loggedIn = ['ready', 'selected'] as const

type Logins = Pick<ImapPorts, 'authenticator'>

export function authenticatorFor(connection: Connection, ports: Logins): Authenticator<Login> {
  const { id: session, address } = connection
  return ports.authenticator({ session, address, protocol: 'imap' })
}

/** How this client may log in; none where a password could be overheard. */
export function mechanismsFor(connection: Connection, ports: Logins): readonly string[] {
  return offered(connection, authenticatorFor(connection, ports).offers)
}
