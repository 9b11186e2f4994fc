// Rule, of the vendor capability: what a message must be like, and what is then done with it.
// Rule/run does it to mail that is there.
import {
  contradicts,
  newRule,
  type RuleAction,
  ruleForms,
  rulesMax,
} from '../../../delivery/rules/rule.ts'
import { ruleKind } from '../../../delivery/rules/settings.ts'
import type { Method } from '../call.ts'
import { vendor } from '../capabilities.ts'
import { invalidProperties, MethodError } from '../errors.ts'
import { type Property, type RecordType, recordMethods } from '../record-type.ts'

const usual: ReadonlyMap<string, unknown> = new Map(Object.entries(newRule))

const properties: Readonly<Record<string, Property>> = Object.fromEntries(
  Object.entries(ruleForms).map(([name, fits]) => [
    name,
    // A rule that does nothing is none: what it does must be said.
    name === 'actions' ? { fits } : { otherwise: usual.get(name), fits },
  ]),
)

const ruleType: RecordType = {
  name: ruleKind,
  capability: vendor,
  max: rulesMax,
  properties,
  check: async (rule, call) => {
    const actions = rule.actions as readonly RuleAction[]
    if (contradicts({ actions }))
      throw invalidProperties(['actions'], 'what is discarded or rejected goes nowhere else')
    const boxes = await call.rooms.mailboxes.list(call.asker.login.account)
    const strange = actions.some(
      ({ do: what, mailboxId }) =>
        (what === 'move' || what === 'copy') && !boxes.some(({ id }) => id === mailboxId),
    )
    if (strange) throw invalidProperties(['actions'], 'there is no such mailbox')
  },
}

const ruleRun: Method = {
  name: 'Rule/run',
  capability: vendor,
  async run(args, call) {
    const accountId = call.account(args)
    const ids = args.strings('ids')?.map((id) => call.resolved(id) ?? id)
    const known = new Set((await call.rooms.rules.rules(accountId)).map(({ id }) => id))
    if (ids?.some((id) => !known.has(id)))
      throw new MethodError('invalidArguments', 'there is no such rule', { arguments: ['ids'] })
    const mailbox = args.string('mailboxId')
    const boxes = await call.rooms.mailboxes.list(accountId)
    if (!boxes.some(({ id }) => id === mailbox))
      throw new MethodError('invalidArguments', 'there is no such mailbox', {
        arguments: ['mailboxId'],
      })
    const page = { account: accountId, mailbox, after: args.uint('after') ?? 0 }
    const { looked, changed, next = null } = await call.rooms.rules.run(page, ids)
    return { accountId, looked, changed, next }
  },
}

export const ruleMethods: readonly Method[] = [...recordMethods(ruleType), ruleRun]
