// Mailbox/get, RFC 8621 §2.1.
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { mailboxObjects, mailboxProperties } from '../mailbox-objects.ts'
import { getArgs, gotten } from '../objects.ts'

const counted = new Set(['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'])

export const mailboxGet: Method = {
  name: 'Mailbox/get',
  capability: mail,
  async run(args, call) {
    const account = call.account(args)
    const wanted = getArgs(args, call, (name) => mailboxProperties.includes(name))
    const state = String(await call.rooms.emails.modseq(account))
    const counts = !wanted.properties || wanted.properties.some((name) => counted.has(name))
    const found = await mailboxObjects(call, account, counts)
    return gotten(wanted, found, { accountId: account, state })
  },
}
