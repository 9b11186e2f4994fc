// Which of an Email/set is noted in the activity log, and how: one entry for each way in which
// emails are changed.
import { type Args, isObject, type Json } from '../args.ts'
import type { Call } from '../call.ts'
import { changeOf } from '../email/email-change.ts'
import { SetFailure } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Deed } from './activity-log.ts'

/** Keywords that programs set by themselves. */
const silent = /^keywords\/(?:\$seen|\$forwarded|\$answered|\$draft|\$mdnsent)$/i

/** Looks before an Email/set, and notes after it what was done. */
export async function noting(args: Args, call: Call, run: () => Promise<object>): Promise<object> {
  const account = call.account(args)
  const notes = []
  for (const deed of deedsOf(args, call, account)) {
    const note = await call.rooms.activity.before(account, deed)
    if (note) notes.push(note)
  }
  const response = (await run()) as Json
  const done = new Set([
    ...(isObject(response.updated) ? Object.keys(response.updated) : []),
    ...(Array.isArray(response.destroyed) ? (response.destroyed as string[]) : []),
  ])
  for (const note of notes) await note(done)
  return response
}

function deedsOf(args: Args, call: Call, account: string): readonly Deed[] {
  const { via } = call
  const updates = [...args.map('update')].filter(([, patch]) => isWorth(patch))
  const destroy = args.strings('destroy') ?? []
  if (updates.length + destroy.length > limits.maxObjectsInSet) return []
  const deeds: Deed[] = []
  for (const group of Map.groupBy(updates, ([, patch]) => JSON.stringify(patch)).values()) {
    const [id, patch] = group[0]!
    const change = changeOrNot(() => changeOf(call, account, id, patch))
    if (!change) continue
    const { flags, mailboxes } = change
    const wish = { ...(flags ? { flags } : {}), ...(mailboxes ? { mailboxes } : {}) }
    const ids = group.map(([each]) => call.resolved(each) ?? each)
    deeds.push({ what: 'changed', via, wish, ids })
  }
  // A client that saves a draft puts a new one in its place: that destroys nothing for a person.
  const ids = args.map('create').size > 0 ? [] : destroy
  if (ids.length > 0) deeds.push({ what: 'destroyed', via, wish: { destroy: true }, ids })
  return deeds
}

function isWorth(patch: Json): boolean {
  const names = Object.keys(patch)
  return names.length > 0 && names.some((name) => !silent.test(name)) && !isDraft(patch)
}

function isDraft({ keywords }: Json): boolean {
  return isObject(keywords) && keywords.$draft === true
}

/** What is wrong with a patch, the Email/set itself says. */
function changeOrNot<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof SetFailure) return undefined
    throw error
  }
}
