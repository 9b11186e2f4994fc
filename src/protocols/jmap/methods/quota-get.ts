// Quota/get, RFC 9425 §4.1: how much of what an account may keep it has.
import type { Json } from '../args.ts'
import type { Call, Method } from '../call.ts'
import { quota } from '../capabilities.ts'
import { getArgs, gotten } from '../objects.ts'

const properties = [
  ...['id', 'resourceType', 'used', 'hardLimit', 'scope', 'name', 'types', 'warnLimit'],
  ...['softLimit', 'description'],
]

/** Nearly full: clients may say so. */
const warnAt = 0.9

export async function quotaObjects(call: Call, account: string): Promise<Map<string, Json>> {
  const { bytes, messages, quotaBytes, quotaMessages } = await call.rooms.mailboxes.usage(account)
  const found = new Map<string, Json>()
  const add = (id: string, name: string, resourceType: string, [used, hard]: [number, number]) => {
    // RFC 9425 §4: without a limit there is no quota.
    if (hard === 0) return
    const limits = { hardLimit: hard, warnLimit: Math.floor(hard * warnAt), softLimit: null }
    const about = { scope: 'account', types: ['Email', 'Mailbox'], description: null }
    found.set(id, { id, name, resourceType, used, ...limits, ...about })
  }
  add('bytes', 'Storage', 'octets', [bytes, quotaBytes])
  add('messages', 'Messages', 'count', [messages, quotaMessages])
  return found
}

export const quotaGet: Method = {
  name: 'Quota/get',
  capability: quota,
  async run(args, call) {
    const accountId = call.account(args)
    const wanted = getArgs(args, call, (name) => properties.includes(name))
    const found = await quotaObjects(call, accountId)
    return gotten(wanted, found, { accountId, state: stateOf(found) })
  },
}

function stateOf(found: ReadonlyMap<string, Json>): string {
  return [...found.values()].map(({ used, hardLimit }) => `${used}-${hardLimit}`).join('_') || '0'
}
