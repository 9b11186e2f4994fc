// The routes to the reports on days of mail: those of others, and ours.
import { Refused } from '../../base/refused.ts'
import { json } from '../../wire/http-answer.ts'
import type { Route } from '../../wire/http-types.ts'
import type { ReportsPort } from './ports.ts'
import { told } from './replies.ts'

const limitMax = 1_000

export function reportRoutes(reports: ReportsPort): readonly Route[] {
  return [
    told('GET', '/reports', async ({ query }) => {
      const limit = Number(query.get('limit') ?? 100)
      if (!Number.isInteger(limit) || limit < 1 || limit > limitMax)
        throw new Refused('bad-value', `limit is a whole number from 1 to ${limitMax}`)
      if (query.get('sent') === '1') return json(200, await reports.sent(limit))
      return json(200, await reports.list((query.get('domain') ?? '').toLowerCase(), limit))
    }),
    told('GET', '/reports/*', async ({ path }) =>
      json(200, await reports.show(path.slice('/reports/'.length))),
    ),
    told('POST', '/reports', async () => json(200, { sent: await reports.send() })),
  ]
}
