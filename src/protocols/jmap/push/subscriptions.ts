// Push subscriptions as they are kept (RFC 8620 §7.2): each belongs to the credentials that made
// it, and goes with them.
import type { KeptRecord, RecordBook } from '../../../accounts/records.ts'
import type { Asker, JmapPorts } from '../ports.ts'
import type { PushKeys } from './encrypt.ts'

export const subscriptionKind = 'PushSubscription'

export interface Subscription {
  readonly deviceClientId: string
  readonly url: string
  readonly keys: PushKeys | null
  /** Milliseconds since 1970. */
  readonly expires: number
  readonly types: readonly string[] | null
  /** What the device is to say before it hears more. */
  readonly code: string
  readonly verified: boolean
  /** The states it was told last, or "". */
  readonly told: string
  /** Whose it is, and by which way of logging in it was made. */
  readonly address: string
  readonly credential: string
}

/** By what somebody logged in, in a word that is gone or changed when that counts no more. */
export async function credentialOf(
  { accounts }: Pick<JmapPorts, 'accounts'>,
  { session, login, way }: Asker,
): Promise<string> {
  if (session !== '') return `session ${session}`
  if (login.appPassword !== undefined) return `app-password ${login.appPassword}`
  if (way === 'bearer') return 'bearer'
  return `password ${await accounts.passwordMark(login.address)}`
}

/** Whether what was made by these credentials may stay. */
export async function isLive(
  { accounts }: Pick<JmapPorts, 'accounts'>,
  account: string,
  { address, credential }: Subscription,
): Promise<boolean> {
  const mark = await accounts.passwordMark(address)
  if (mark === undefined) return false
  const [way, value = ''] = credential.split(' ')
  if (way === 'session')
    return (await accounts.sessions.list(account)).some(({ id }) => id === value)
  if (way === 'app-password')
    return (await accounts.appPasswords.list(address)).some(({ id }) => id === value)
  return way === 'bearer' || value === mark
}

export async function subscriptionsOf(
  records: RecordBook,
  account: string,
): Promise<readonly KeptRecord[]> {
  return (await records.list(account, subscriptionKind)).records
}

export function subscriptionIn({ value }: KeptRecord): Subscription {
  return value as unknown as Subscription
}
