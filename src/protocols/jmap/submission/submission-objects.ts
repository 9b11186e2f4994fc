// Submissions as JMAP objects, with what became of each recipient: as the trace of the message
// tells it, and no more than that.
import type { RecipientTrace } from '../../../delivery/types.ts'
import type { Json } from '../args.ts'
import type { Rooms } from '../call.ts'
import { utc } from '../email/email-objects.ts'
import type { Submission } from './submissions.ts'

export const submissionProperties: readonly string[] = [
  ...['id', 'identityId', 'emailId', 'threadId', 'envelope', 'sendAt', 'undoStatus'],
  ...['deliveryStatus', 'dsnBlobIds', 'mdnBlobIds'],
]

export async function submissionObject(
  rooms: Rooms,
  id: string,
  kept: Submission,
  status: boolean,
): Promise<Json> {
  const { identityId, emailId, threadId, envelope, sendAt, undoStatus } = kept
  return {
    ...{ id, identityId, emailId, threadId, envelope, sendAt: utc(sendAt), undoStatus },
    deliveryStatus: status ? await statusOf(rooms, kept) : null,
    ...{ dsnBlobIds: [], mdnBlobIds: [] },
  }
}

async function statusOf(rooms: Rooms, kept: Submission): Promise<Json | null> {
  if (kept.undoStatus !== 'final') return null
  const trace = kept.trace === '' ? undefined : await rooms.traces.get(kept.trace)
  const told = new Map(trace?.recipients.map((each) => [each.address.toLowerCase(), each]))
  return Object.fromEntries(
    kept.envelope.rcptTo.map(({ email }) => {
      const one = told.get(email.toLowerCase())
      const smtpReply = one ? `${one.code} ${one.status} ${one.text}` : kept.failure
      const delivered = kept.failure === '' ? deliveredOf(one) : 'no'
      return [email, { smtpReply, delivered, displayed: 'unknown' }]
    }),
  )
}

/** RFC 8621 §7: "yes" only for what is in a mailbox here. */
function deliveredOf(one: RecipientTrace | undefined): 'queued' | 'yes' | 'no' | 'unknown' {
  if (!one) return 'unknown'
  if (/^(?:mailbox|board|sink)$/.test(one.place)) return 'yes'
  if (one.place === 'queue') return 'queued'
  return /^(?:returned|cancelled)$/.test(one.place) || one.code >= 500 ? 'no' : 'unknown'
}
