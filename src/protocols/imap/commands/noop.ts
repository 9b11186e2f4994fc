// NOOP: RFC 9051 §6.1.2; CHECK: RFC 3501 §6.4.1. What changed is told after any command.
import { ok } from '../replies.ts'
import { anytime, command } from '../session.ts'

export const noop = command({
  name: 'NOOP',
  when: anytime,
  run: (_, cursor) => {
    cursor.end()
    return { reply: ok('Nothing done') }
  },
})

export const check = command({
  name: 'CHECK',
  when: ['selected'],
  run: (_, cursor) => {
    cursor.end()
    return { reply: ok('All is on disk') }
  },
})
