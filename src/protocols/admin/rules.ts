// The routes for what an account set without a script: an absence, a forward, rules. Knows no
// sentence and no language of scripts.
import * as v from 'valibot'
import type { Accounts } from '../../accounts/accounts.ts'
import { Refused } from '../../base/refused.ts'
import type { RuleBook } from '../../delivery/rules/rule-book.ts'
import type { Mailboxes } from '../../mailbox/mailboxes.ts'
import { json } from '../../wire/http-answer.ts'
import type { HttpRequest, Route } from '../../wire/http-types.ts'
import { read } from './input.ts'
import { told } from './replies.ts'

const textOrNull = v.nullable(v.string())
const changedVacation = v.partial(
  v.strictObject({
    isEnabled: v.boolean(),
    ...{ fromDate: textOrNull, toDate: textOrNull, subject: textOrNull },
    ...{ textBody: textOrNull, htmlBody: textOrNull },
  }),
)
const changedForward = v.partial(
  v.strictObject({
    isEnabled: v.boolean(),
    addresses: v.array(v.string()),
    keepCopy: v.boolean(),
  }),
)
const newRule = v.strictObject({ name: v.string(), sentence: v.string() })
const runOrder = v.strictObject({
  mailbox: v.string(),
  after: v.number(),
  ids: v.optional(v.array(v.string())),
})

interface Kept {
  readonly accounts: Accounts
  readonly mailboxes: Mailboxes
  readonly rules: RuleBook
}

export function ruleRoutes({ accounts, mailboxes, rules }: Kept): readonly Route[] {
  const on = (path: string) => async (request: HttpRequest) =>
    (await accounts.show(request.path.slice(path.length - 1))).id
  const [away, forward, rule] = [on('/vacation/*'), on('/forward/*'), on('/rules/*')]
  return [
    told('GET', '/vacation/*', async (request) =>
      json(200, await rules.vacation(await away(request))),
    ),
    told('PUT', '/vacation/*', async (request) => {
      const given = await read(changedVacation, request, bodyMaxBytes)
      return json(200, await rules.setVacation(await away(request), withoutUndefined(given)))
    }),
    told('GET', '/forward/*', async (request) =>
      json(200, await rules.forward(await forward(request))),
    ),
    told('PUT', '/forward/*', async (request) => {
      const given = await read(changedForward, request)
      return json(200, await rules.setForward(await forward(request), withoutUndefined(given)))
    }),
    told('GET', '/rules/*', async (request) => {
      const account = await rule(request)
      const [list, script] = [await rules.sentences(account), await rules.script(account)]
      return json(200, { rules: list, script })
    }),
    told('POST', '/rules/*', async (request) => {
      const { name, sentence } = await read(newRule, request)
      return json(200, { id: await rules.add(await rule(request), name, sentence) })
    }),
    told('PUT', '/rules/*', async (request) => {
      const { mailbox, after, ids } = await read(runOrder, request)
      const account = await rule(request)
      const found = await mailboxes.named(account, mailbox)
      if (!found) throw new Refused('not-found', `mailbox ${mailbox}`)
      const ran = await rules.run({ account, mailbox: found.id, after }, ids)
      return json(200, { ...ran, next: ran.next ?? null })
    }),
    told('DELETE', '/rules/*', async (request) => {
      await rules.remove(await rule(request), request.query.get('id') ?? '')
      return json(200, {})
    }),
  ]
}

const bodyMaxBytes = 512 * 1024

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function withoutUndefined<T extends object>(given: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as Defined<T>
}
