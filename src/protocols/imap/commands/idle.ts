// IDLE: RFC 9051 §6.3.13. What changes is told as it happens.
import { missed } from '../../../base/feed.ts'
import { Gone } from '../../../wire/inbox.ts'
import { announce } from '../announce.ts'
import { ok } from '../replies.ts'
import { type Context, command, type ImapTurn, loggedIn, type Phase } from '../session.ts'

type Selected = Extract<Phase, { in: 'selected' }>

type Hints = ReturnType<Context['ports']['mailboxes']['changes']['listenTo']>

const doneMaxBytes = 100

export const idle = command({
  name: 'IDLE',
  when: loggedIn,
  run: async (phase, cursor, context) => {
    cursor.end()
    context.connection.say('+ idling\r\n')
    await context.connection.flush()
    if (phase.in === 'ready') return untilDone(context)
    const { ports, connection } = context
    const hints = ports.mailboxes.changes.listenTo(phase.view.account)
    const told = tell(phase, hints, context).catch(() => connection.destroy())
    try {
      return await untilDone(context)
    } finally {
      await hints.return?.()
      await told
    }
  },
})

async function untilDone({ connection, ports }: Context): Promise<ImapTurn> {
  connection.deadline(performance.now() + ports.options.idleTimeoutMs)
  const line = await connection.idle(() => connection.inbox.line(doneMaxBytes, true))
  connection.deadline(Number.POSITIVE_INFINITY)
  if (line === undefined) throw new Gone()
  if (line.toString('latin1').toUpperCase() === 'DONE') return { reply: ok('Idled') }
  return { reply: { is: 'BAD', code: '', text: 'Expected DONE' }, blame: true }
}

/** Tells of changes until there are no more hints: what came before, at once. */
async function tell(phase: Selected, hints: Hints, context: Context): Promise<void> {
  await say(phase, context)
  for await (const hint of hints)
    if (hint === missed || hint.mailbox === phase.view.mailbox) await say(phase, context)
}

async function say(phase: Selected, { ports, connection }: Context): Promise<void> {
  const there = await announce(phase, { ports, connection, expunges: true })
  if (!there) connection.destroy()
  await connection.flush()
}
