// GETQUOTA and GETQUOTAROOT: RFC 9208 §4.1. One root, "", has all mailboxes of one's own account;
// "Shared/ADDRESS" has those of somebody else.
import { mailboxesMax } from '../../../mailbox/mailbox-jobs.ts'
import type { Usage } from '../../../mailbox/mailboxes.ts'
import { quotedName, quotedText } from '../names.ts'
import { denied, elsewhere, may, type Reached, reach, sharedPrefix } from '../reach.ts'
import { no, ok } from '../replies.ts'
import { type Context, command, loggedIn } from '../session.ts'
import type { User } from '../user.ts'

interface Root {
  readonly name: string
  readonly account: string
}

export const getQuota = command({
  name: 'GETQUOTA',
  when: loggedIn,
  run: async ({ user }, cursor, context) => {
    cursor.space()
    const root = await rootNamed(cursor.astring('a quota root'), user, context)
    cursor.end()
    if (!root) return { reply: no('NONEXISTENT', 'There is no such quota root') }
    await sayQuota(root, context)
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
    const box = await reach(context.ports.mailboxes, user, name)
    // RFC 9208 §6
    if (!may(box, 'r')) return { reply: denied(box) }
    const root = rootOf(box, user)
    const said = `${quotedName(box.name, user.utf8)} ${quotedRoot(root)}`
    context.connection.say(`* QUOTAROOT ${said}\r\n`)
    await sayQuota(root, context)
    return { reply: ok('Quota told') }
  },
})

function rootOf({ account, owner }: Reached, user: User): Root {
  return { account, name: account === user.account ? '' : sharedPrefix + owner }
}

/** Whose quota one may know: one's own, and that of mailboxes one may read. */
async function rootNamed(name: string, user: User, { ports }: Context): Promise<Root | undefined> {
  if (name === '') return { name, account: user.account }
  const place = elsewhere(name)
  if (place?.name !== '') return undefined
  const shared = await ports.mailboxes.sharing.list(user.address)
  const box = shared.find(({ owner, rights }) => owner === place.owner && rights.includes('r'))
  return box && { name: sharedPrefix + box.owner, account: box.account }
}

async function sayQuota(root: Root, { ports, connection }: Context): Promise<void> {
  const { mailboxes } = ports
  const usage = await mailboxes.usage(root.account)
  const { length } = await mailboxes.list(root.account)
  connection.say(`* QUOTA ${quotedRoot(root)} (${resources(usage, length).join(' ')})\r\n`)
}

function quotedRoot({ name }: Root): string {
  return name === '' ? '""' : quotedText(name)
}

/** RFC 9208 §5: only what has a limit is told; STORAGE is in units of 1,024 bytes. */
function resources(usage: Usage, mailboxes: number): string[] {
  const { messages, bytes, quotaMessages, quotaBytes } = usage
  const said: string[] = []
  const units = (count: number) => Math.ceil(count / 1024)
  if (quotaBytes > 0) said.push(`STORAGE ${units(bytes)} ${units(quotaBytes)}`)
  if (quotaMessages > 0) said.push(`MESSAGE ${messages} ${quotaMessages}`)
  said.push(`MAILBOX ${mailboxes} ${mailboxesMax}`)
  return said
}
