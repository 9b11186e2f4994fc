// A server whose disk fails now and then, while mail comes: it answers every failure with a 4xx,
// goes on, and has all it acknowledged.
import { join } from 'node:path'
import { Laden } from '../support/laden.ts'
import { newFolder } from '../support/places.ts'
import type { Scope } from '../support/scope.ts'
import { errno, type Shim } from '../support/shim.ts'

export interface Errors {
  acknowledged: number
  refused: number
  verbs: number
  /** What was answered to a failure, and how often. */
  readonly answers: Map<string, number>
  readonly problems: string[]
}

/** Sends `count` messages: 1 % of all syncs end with EIO, 5 % of all writes with ENOSPC. */
export async function diskErrors(
  scope: Scope,
  shim: Shim,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<Errors> {
  const root = newFolder(scope)
  const laden = new Laden({ data: join(root, 'data'), seed, env: shim.env(root), verbLanes: 1 })
  const server = await laden.serve(scope)
  const answers = new Map<string, number>()
  const problems: string[] = []
  shim.set([
    ['sync', '*', errno.EIO, 10],
    ['write', '*', errno.ENOSPC, 50],
  ])
  const more = () => laden.ledger.entries.size < count
  // A session ends with its first failure, and the next begins.
  while (more() && server.running)
    for (const heard of await laden.load(server, more)) {
      const answer = /^(\{"code":)?(\d{3})/.exec(heard)?.[2] ?? (heard === '' ? 'none' : heard)
      answers.set(answer, (answers.get(answer) ?? 0) + 1)
    }
  if (!server.running) problems.push(`the server ended: ${server.errors.slice(-5).join('\n')}`)
  shim.set([])
  const { acknowledged } = laden.ledger
  const refused = [...laden.ledger.entries.values()].filter(({ state }) => state === 'refused')
  const ended = await server.stop('SIGTERM')
  if (ended !== '0') problems.push(`it ended with ${ended}`)
  for (const answer of answers.keys())
    if (!/^(2|4)\d\d$|^none$/.test(answer)) problems.push(`a failure was answered with ${answer}`)
  laden.doubtRefusals()
  problems.push(...(await laden.audited()), ...(await laden.verified()))
  const verbs = laden.verbs.count
  return { acknowledged, refused: refused.length, verbs, answers, problems }
}
