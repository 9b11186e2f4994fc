// EmailSubmission/get, RFC 8621 §7.1.
import type { Json } from '../args.ts'
import type { Method } from '../call.ts'
import { submission } from '../capabilities.ts'
import { getArgs, gotten } from '../objects.ts'
import { submissionObject, submissionProperties } from '../submission/submission-objects.ts'
import { type Submission, submissionKind } from '../submission/submissions.ts'

export const submissionGet: Method = {
  name: 'EmailSubmission/get',
  capability: submission,
  async run(args, call) {
    const accountId = call.account(args)
    const wanted = getArgs(args, call, (name) => submissionProperties.includes(name))
    const { state, records } = await call.rooms.accounts.records.list(accountId, submissionKind)
    const status = !wanted.properties || wanted.properties.includes('deliveryStatus')
    const found = new Map<string, Json>()
    const ids = wanted.ids && new Set(wanted.ids)
    for (const { id, value } of records) {
      if (ids && !ids.has(id)) continue
      const kept = value as unknown as Submission
      found.set(id, await submissionObject(call.rooms, id, kept, status))
    }
    return gotten(wanted, found, { accountId, state })
  },
}
