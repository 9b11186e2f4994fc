// GETQUOTA and GETQUOTAROOT: RFC 9208 §4.1, §4.2. One root, "", has all mailboxes of an account.
import type { Usage } from '../../../mailbox/mailboxes.ts'
import { quotedName } from '../names.ts'
import { no, ok, replies } from '../replies.ts'
import { type Context, command, loggedIn } from '../session.ts'
import type { User } from '../user.ts'

export const getQuota = command({
  name: 'GETQUOTA',
  when: loggedIn,
  run: async ({ user }, cursor, context) => {
    cursor.space()
    const root = cursor.astring('a quota root')
    cursor.end()
    if (root !== '') return { reply: no('NONEXISTENT', 'There is no such quota root') }
    await sayQuota(user, context)
    return { reply: ok('Quota told') }
  },
})

export const getQuotaRoot = command({
  name: 'GETQUOTAROOT',
  when: loggedIn,
  run: async ({ user }, cursor, context) => {
    cursor.space()
    const name = cursor.mailbox()
    cursor.end()
    const box = await context.ports.mailboxes.named(user.account, name)
    if (!box) return { reply: replies.noMailbox }
    context.connection.say(`* QUOTAROOT ${quotedName(box.name, user.utf8)} ""\r\n`)
    await sayQuota(user, context)
    return { reply: ok('Quota told') }
  },
})

async function sayQuota(user: User, { ports, connection }: Context): Promise<void> {
  const usage = await ports.mailboxes.usage(user.account)
  connection.say(`* QUOTA "" (${resources(usage).join(' ')})\r\n`)
}

/** RFC 9208 §5: only what has a limit is told; STORAGE is in units of 1,024 bytes. */
function resources({ messages, bytes, quotaMessages, quotaBytes }: Usage): string[] {
  const said: string[] = []
  const units = (count: number) => Math.ceil(count / 1024)
  if (quotaBytes > 0) said.push(`STORAGE ${units(bytes)} ${units(quotaBytes)}`)
  if (quotaMessages > 0) said.push(`MESSAGE ${messages} ${quotaMessages}`)
  return said
}
