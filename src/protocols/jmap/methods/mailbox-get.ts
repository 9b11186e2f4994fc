// Mailbox/get, RFC 8621 §2.1.
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { mailboxObjects, mailboxProperties } from '../mailbox-objects.ts'
import { getArgs, gotten } from '../objects.ts'
import { sharesOf } from '../sharing/mailbox-shares.ts'

const counted = new Set(['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads'])

export const mailboxGet: Method = {
  name: 'Mailbox/get',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account } = access
    const wanted = getArgs(args, call, (name) => mailboxProperties.includes(name))
    const state = String(await call.rooms.emails.modseq(account))
    const counts = !wanted.properties || wanted.properties.some((name) => counted.has(name))
    const found = await mailboxObjects(call, access, counts)
    if (access.isOwn && wanted.properties?.includes('shareWith')) {
      const shares = await sharesOf(call, account)
      for (const [id, box] of found) found.set(id, { ...box, shareWith: shares.get(id) ?? null })
    }
    return gotten(wanted, found, { accountId: account, state })
  },
}
