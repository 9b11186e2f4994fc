// Tells a client what changes while it is waited for: in IDLE, and after NOTIFY between commands.
// RFC 9051 §5.3, §6.3.13; RFC 5465 §3.1, §4.
import { missed } from '../../../base/feed.ts'
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
  const hints = ports.mailboxes.changes.listenTo(phase.user.account)
  const told = tell(phase, hints, telling).catch(() => connection.destroy())
  try {
    return await wait
  } finally {
    await hints.return?.()
    await told
  }
}

type Hints = ReturnType<ImapPorts['mailboxes']['changes']['listenTo']>

async function tell(phase: LoggedIn, hints: Hints, telling: Telling): Promise<void> {
  await say(phase, telling)
  const others = phase.user.notices?.others.watched ?? false
  for await (const hint of hints) {
    const mine = phase.in === 'selected' && hint !== missed && hint.mailbox === phase.view.mailbox
    if (hint === missed || mine || others) await say(phase, telling)
  }
}

async function say(phase: LoggedIn, { ports, connection, idling }: Telling): Promise<void> {
  const { user } = phase
  if (phase.in === 'selected') {
    const expunges = idling || (user.notices?.selected?.immediate ?? false)
    if (!(await announce(phase, { ports, connection, expunges }))) connection.destroy()
  }
  const others = user.notices?.others
  if (others?.watched) {
    const selected = phase.in === 'selected' ? phase.view.mailbox : ''
    connection.say(await others.news(selected))
  }
  await connection.flush()
}
