// SETACL, DELETEACL, GETACL, LISTRIGHTS, MYRIGHTS: RFC 4314 §3. Identifiers are addresses,
// "anyone", and either with "-" before it; whether an address is somebody's is never told.
import { addressOf, nameOf } from '../../../accounts/names.ts'
import { saslPrep } from '../../../accounts/sasl-prep.ts'
import { allRights, anyone } from '../../../mailbox/rights.ts'
import type { RightsOrder } from '../../../mailbox/rights-jobs.ts'
import { Syntax } from '../../../wire/protocol.ts'
import { quotedName, quotedText } from '../names.ts'
import { denied, may, type Reached, reach, rightsText } from '../reach.ts'
import { type ImapReply, no, ok } from '../replies.ts'
import { command, loggedIn } from '../session.ts'
import type { User } from '../user.ts'

export const setAcl = command({
  name: 'SETACL',
  when: loggedIn,
  run: async ({ user }, cursor, { ports }) => {
    cursor.space()
    const name = cursor.mailbox()
    cursor.space()
    const who = identifierOf(cursor.astring('an identifier'), user)
    cursor.space()
    const { mode, rights } = changeOf(cursor.astring('rights'))
    cursor.end()
    const box = await reach(ports.mailboxes, user, name)
    if (!may(box, 'a')) return { reply: denied(box) }
    if (isOwner(who, box)) return { reply: ownerStays(mode, rights) }
    const { account, id: mailbox, owner } = box
    await ports.mailboxes.sharing.change({ account, mailbox, owner, who, mode, rights })
    return { reply: ok('Rights set') }
  },
})

export const deleteAcl = command({
  name: 'DELETEACL',
  when: loggedIn,
  run: async ({ user }, cursor, { ports }) => {
    cursor.space()
    const name = cursor.mailbox()
    cursor.space()
    const who = identifierOf(cursor.astring('an identifier'), user)
    cursor.end()
    const box = await reach(ports.mailboxes, user, name)
    if (!may(box, 'a')) return { reply: denied(box) }
    if (isOwner(who, box)) return { reply: ownerHasAll }
    const { account, id: mailbox, owner } = box
    const order = { account, mailbox, owner, who, mode: 'replace', rights: '' } as const
    await ports.mailboxes.sharing.change(order)
    return { reply: ok('Rights deleted') }
  },
})

export const getAcl = command({
  name: 'GETACL',
  when: loggedIn,
  run: async ({ user }, cursor, { ports, connection }) => {
    cursor.space()
    const name = cursor.mailbox()
    cursor.end()
    const box = await reach(ports.mailboxes, user, name)
    if (!may(box, 'a')) return { reply: denied(box) }
    const place = { account: box.account, mailbox: box.id }
    const entries = await ports.mailboxes.sharing.entries(place)
    const all = [{ who: box.owner, rights: allRights }, ...entries]
    const said = all.map(({ who, rights }) => ` ${quotedText(who)} ${rightsText(rights)}`)
    connection.say(`* ACL ${quotedName(box.name, user.utf8)}${said.join('')}\r\n`)
    return { reply: ok('Rights told') }
  },
})

export const listRights = command({
  name: 'LISTRIGHTS',
  when: loggedIn,
  run: async ({ user }, cursor, { ports, connection }) => {
    cursor.space()
    const name = cursor.mailbox()
    cursor.space()
    const said = cursor.astring('an identifier')
    const who = identifierOf(said, user)
    cursor.end()
    const box = await reach(ports.mailboxes, user, name)
    if (!may(box, 'a')) return { reply: denied(box) }
    // §3.7: what is always granted; then what may be, each alone.
    const granted = isOwner(who, box)
      ? rightsText(allRights)
      : `"" ${[...allRights, 'c', 'd'].join(' ')}`
    const head = `${quotedName(box.name, user.utf8)} ${quotedText(said)}`
    connection.say(`* LISTRIGHTS ${head} ${granted}\r\n`)
    return { reply: ok('Rights listed') }
  },
})

export const myRights = command({
  name: 'MYRIGHTS',
  when: loggedIn,
  run: async ({ user }, cursor, { ports, connection }) => {
    cursor.space()
    const name = cursor.mailbox()
    cursor.end()
    const box = await reach(ports.mailboxes, user, name)
    if (!box || !/[lrikxa]/.test(box.rights)) return { reply: denied(box) }
    connection.say(rightsLine(box, user))
    return { reply: ok('Rights told') }
  },
})

export function rightsLine({ name, rights }: Reached, user: User): string {
  return `* MYRIGHTS ${quotedName(name, user.utf8)} ${rightsText(rights)}\r\n`
}

const identifierMaxChars = 320

/** In the one form that is kept: RFC 4314 §3; a bare name is of the client's own domain. */
function identifierOf(said: string, user: User): string {
  const prepared = saslPrep(said)
  if (prepared === undefined || prepared.length > identifierMaxChars)
    throw new Syntax('That can be no identifier')
  const less = prepared.startsWith('-') ? '-' : ''
  const { local, domain } = nameOf(prepared.slice(less.length))
  if (local === '') throw new Syntax('That can be no identifier')
  if (local === anyone && domain === '') return less + anyone
  return less + addressOf({ local, domain: domain === '' ? nameOf(user.address).domain : domain })
}

/** RFC 4314 §2.1.1: what "c" and "d" of RFC 2086 stand for. */
const members: Readonly<Record<string, string>> = { c: 'kx', d: 'te' }

function changeOf(said: string): Pick<RightsOrder, 'mode' | 'rights'> {
  const [, sign = '', letters = ''] = /^([+-]?)(.*)$/s.exec(said) ?? []
  let rights = ''
  for (const letter of letters) {
    if (/[A-Z]/.test(letter)) throw new Syntax('Uppercase rights are not allowed')
    const meant = members[letter] ?? (allRights.includes(letter) ? letter : undefined)
    if (meant === undefined) throw new Syntax('There is no such right')
    rights += meant
  }
  return { mode: sign === '+' ? 'add' : sign === '-' ? 'remove' : 'replace', rights }
}

function isOwner(who: string, { owner }: Reached): boolean {
  return who === owner || who === `-${owner}`
}

const ownerHasAll = no('CANNOT', 'The owner has every right')

/** What leaves the owner every right is no change. */
function ownerStays(mode: RightsOrder['mode'], rights: string): ImapReply {
  const same = {
    add: true,
    remove: rights === '',
    replace: [...allRights].every((right) => rights.includes(right)),
  }[mode]
  return same ? ok('Rights set') : ownerHasAll
}
