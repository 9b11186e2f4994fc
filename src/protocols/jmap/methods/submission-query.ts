// EmailSubmission/query and /queryChanges, RFC 8621 §7.3 and §7.4.
import type { Method } from '../call.ts'
import { submission } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { queryChangesResponse, queryResponse } from '../query-page.ts'
import { queriedSubmissions } from '../submission/submission-query.ts'
import { submissionKind } from '../submission/submissions.ts'

export const submissionQuery: Method = {
  name: 'EmailSubmission/query',
  capability: submission,
  async run(args, call) {
    const accountId = call.account(args)
    const { records, state } = await call.rooms.accounts.records.list(accountId, submissionKind)
    const all = queriedSubmissions(args, records)
    return queryResponse(args, all, { accountId, queryState: state, canCalculate: true })
  },
}

export const submissionQueryChanges: Method = {
  name: 'EmailSubmission/queryChanges',
  capability: submission,
  async run(args, call) {
    const accountId = call.account(args)
    const book = call.rooms.accounts.records
    const news = await book.since(accountId, submissionKind, args.string('sinceQueryState'))
    if (!news) throw new MethodError('cannotCalculateChanges')
    const { records, state } = await book.list(accountId, submissionKind)
    const all = queriedSubmissions(args, records)
    const touched = new Set([...news.created, ...news.updated, ...news.destroyed])
    const fresh = new Set(news.created)
    return queryChangesResponse(args, all, { accountId, newQueryState: state, touched, fresh })
  },
}
