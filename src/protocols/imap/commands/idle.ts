// IDLE: RFC 9051 §6.3.13. What changes is told as it happens.
import { Gone } from '../../../wire/inbox.ts'
import { whileTelling } from '../notify/telling.ts'
import { ok } from '../replies.ts'
import { type Context, command, type ImapTurn, loggedIn } from '../session.ts'

const doneMaxBytes = 100

export const idle = command({
  name: 'IDLE',
  when: loggedIn,
  run: async (phase, cursor, context) => {
    cursor.end()
    const { ports, connection } = context
    connection.say('+ idling\r\n')
    await connection.flush()
    if (phase.in === 'ready' && !phase.user.notices?.others.watched) return untilDone(context)
    return whileTelling(phase, untilDone(context), { ports, connection, idling: true })
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
