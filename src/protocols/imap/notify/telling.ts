// Tells a client what changes while it is waited for: in IDLE, and after NOTIFY between commands.
// RFC 9051 §5.3, §6.3.13; RFC 5465 §3.1, §4.
import { missed } from '../../../base/feed.ts'
import type { Change } from '../../../mailbox/change.ts'
import type { Connection } from '../../../wire/connection.ts'
import { announce } from '../announce.ts'
import type { ImapPorts, Phase } from '../session.ts'

export type LoggedIn = Extract<Phase, { in: 'ready' | 'selected' }>

export interface Telling {
  readonly ports: ImapPorts
  readonly connection: Connection
  /** A command is in progress that lets sequence numbers change: IDLE. */
  readonly idling: boolean
}

/** Whether there is anything to tell before the client asks. */
export function isListening(phase: Phase): phase is LoggedIn {
  if (phase.in === 'stranger' || !phase.user.notices) return false
  const { selected, others } = phase.user.notices
  return others.watched || (phase.in === 'selected' && selected !== undefined)
}

/** Tells of changes until what is waited for has come: what came before, at once. */
export async function whileTelling<T>(
  phase: LoggedIn,
  wait: Promise<T>,
  telling: Telling,
): Promise<T> {
  const { ports, connection } = telling
  const accounts = new Set([phase.user.account])
  // RFC 4314: what is selected may be somebody else's.
  if (phase.in === 'selected') accounts.add(phase.view.account)
  const feeds = [...accounts].map((account) => ports.mailboxes.changes.listenTo(account))
  const told = tell(phase, feeds, telling).catch(() => connection.destroy())
  try {
    return await wait
  } finally {
    for (const hints of feeds) await hints.return?.()
    await told
  }
}

type Hints = ReturnType<ImapPorts['mailboxes']['changes']['listenTo']>

async function tell(phase: LoggedIn, feeds: readonly Hints[], telling: Telling): Promise<void> {
  await say(phase, telling)
  const others = phase.user.notices?.others.watched ?? false
  // One after the other, whichever feed it came by.
  let last: Promise<void> = Promise.resolve()
  const follow = async (hints: Hints) => {
    for await (const hint of hints) {
      if (!others && !concerns(phase, hint)) continue
      last = last.then(() => say(phase, telling))
      await last
    }
  }
  await Promise.all(feeds.map(follow))
}

function concerns(phase: LoggedIn, hint: Change | typeof missed): boolean {
  if (hint === missed) return true
  if (phase.in !== 'selected') return false
  return hint.account === phase.view.account && hint.mailbox === phase.view.mailbox
}

async function say(phase: LoggedIn, { ports, connection, idling }: Telling): Promise<void> {
  const { user } = phase
  if (phase.in === 'selected') {
    const expunges = idling || (user.notices?.selected?.immediate ?? false)
    if (!(await announce(phase, { ports, connection, expunges }))) connection.destroy()
  }
  const others = user.notices?.others
  if (others?.watched) {
    const own = phase.in === 'selected' && phase.view.account === user.account
    const selected = own ? phase.view.mailbox : ''
    connection.say(await others.news(selected))
  }
  await connection.flush()
}
