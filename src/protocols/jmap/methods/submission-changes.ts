// EmailSubmission/changes, RFC 8621 §7.2.
import type { Method } from '../call.ts'
import { submission } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { changesArgs } from '../objects.ts'
import { submissionKind } from '../submission/submissions.ts'

export const submissionChanges: Method = {
  name: 'EmailSubmission/changes',
  capability: submission,
  async run(args, call) {
    const accountId = call.account(args)
    const { sinceState, max } = changesArgs(args)
    const news = await call.rooms.accounts.records.since(accountId, submissionKind, sinceState)
    if (!news) throw new MethodError('cannotCalculateChanges')
    const { created, updated, destroyed, state } = news
    if (created.length + updated.length + destroyed.length > max)
      throw new MethodError('cannotCalculateChanges')
    const states = { oldState: sinceState, newState: String(state), hasMoreChanges: false }
    return { accountId, ...states, created, updated, destroyed }
  },
}
