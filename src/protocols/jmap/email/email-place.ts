// Where an email goes and what it is marked with, as a client says it: for set, import and copy.
import { isObject, type Json } from '../args.ts'
import type { Call } from '../call.ts'
import { invalidProperties } from '../errors.ts'
import { flagsOf } from '../keywords.ts'
import type { Access } from '../sharing/access.ts'

export interface EmailPlaceWish {
  readonly mailboxes: readonly string[]
  readonly flags: readonly string[]
  readonly receivedAt: number
}

/** @throws SetFailure */
export async function placeWish(call: Call, access: Access, value: Json): Promise<EmailPlaceWish> {
  const { mailboxIds, keywords = {}, receivedAt } = value
  const mailboxes = mailboxesOf(call, mailboxIds)
  const known = new Set(
    (await call.rooms.mailboxes.list(access.account)).flatMap(({ id }) =>
      access.lists(id) ? [id] : [],
    ),
  )
  if (mailboxes.length === 0 || !mailboxes.every((id) => known.has(id)))
    throw invalidProperties(['mailboxIds'])
  const at = receivedAt === undefined ? call.rooms.now() : Date.parse(String(receivedAt))
  if (Number.isNaN(at) || (receivedAt !== undefined && !String(receivedAt).endsWith('Z')))
    throw invalidProperties(['receivedAt'])
  const flags = flagsOf(keywords ?? {})
  access.needPlace(mailboxes, flags)
  return { mailboxes, flags, receivedAt: at }
}

/** @throws SetFailure */
export function mailboxesOf(call: Call, value: unknown): string[] {
  if (!isObject(value) || !Object.values(value).every((on) => on === true))
    throw invalidProperties(['mailboxIds'])
  return Object.keys(value).map((id) => call.mustResolve(id, 'mailboxIds'))
}
