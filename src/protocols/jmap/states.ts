// The states of what may change, by type (RFC 8620 §7.1), and what a change means for them.
import type { Change } from '../../mailbox/change.ts'
import type { JmapPorts } from './ports.ts'

export type States = Readonly<Record<string, string>>

export const mailTypes = ['Mailbox', 'Thread', 'Email'] as const
export const recordTypes = [
  ...(['Identity', 'EmailSubmission', 'AddressBook', 'ContactCard'] as const),
  ...(['VacationResponse', 'Forwarding', 'Rule'] as const),
  ...(['Preferences', 'Template', 'EmailBulk', 'ActivityEntry', 'Snooze'] as const),
  'ShareNotification' as const,
] as const

/** Of the types that are wanted. */
export async function statesOf(
  { emails, accounts }: JmapPorts,
  account: string,
  wanted: (type: string) => boolean,
): Promise<States> {
  const modseq = String(await emails.modseq(account))
  const states: Record<string, string> = {}
  for (const type of mailTypes) if (wanted(type)) states[type] = modseq
  if (wanted('EmailDelivery')) states.EmailDelivery = modseq
  for (const type of recordTypes)
    if (wanted(type)) states[type] = await accounts.records.state(account, type)
  return states
}

/** The types that a change of mail may touch. */
export function typesOf({ kind }: Pick<Change, 'kind'>): readonly string[] {
  if (kind === 'mailbox' || kind === 'mailbox-removed') return ['Mailbox']
  if (kind === 'flags') return ['Mailbox', 'Email']
  if (kind === 'added') return ['Mailbox', 'Thread', 'Email', 'EmailDelivery']
  return ['Mailbox', 'Thread', 'Email']
}
