// EmailSubmission/set, RFC 8621 §7.5: sends, or holds back; undoes what is held.
import type { Digest } from '../../../message/digest.ts'
import { Args, type Json } from '../args.ts'
import { bytesOf } from '../blobs.ts'
import type { Answer, Call, Method } from '../call.ts'
import { submission } from '../capabilities.ts'
import { invalidProperties, SetFailure } from '../errors.ts'
import { setObjects } from '../objects.ts'
import { recordObjects } from '../record-type.ts'
import { delayedSendMax } from '../session.ts'
import { envelopeOf, heldUntil } from '../submission/envelope.ts'
import { submissionObject } from '../submission/submission-objects.ts'
import { type Submission, submissionKind } from '../submission/submissions.ts'
import { setEmails } from './email-set.ts'
import { identityType } from './identity.ts'

export const submissionSet: Method = {
  name: 'EmailSubmission/set',
  capability: submission,
  async run(args, call) {
    const account = call.account(args)
    const { submissions, accounts } = call.rooms
    const emailOf = new Map<string, string>()
    const response = await setObjects(args, call, {
      state: async () => (await accounts.records.list(account, submissionKind)).state,
      create: (value, creationId) => create(call, account, { value, creationId, emailOf }),
      update: async (id, patch) => {
        const strange = Object.keys(patch).filter((name) => name !== 'undoStatus')
        if (strange.length > 0 || patch.undoStatus !== 'canceled')
          throw invalidProperties(strange.length > 0 ? strange : ['undoStatus'])
        await submissions.cancel(account, id)
        return null
      },
      destroy: async (id) => {
        const kept = (await submissions.list(account)).find((each) => each.id === id)
        if (!kept) throw new SetFailure('notFound')
        if (kept.value.undoStatus === 'pending') throw new SetFailure('forbidden', 'it is pending')
        await accounts.records.change({ account, kind: submissionKind }, [], [id])
      },
    })
    const follow = await following(args, call, { account, emailOf })
    if (!follow) return response
    const answers: Answer[] = [['EmailSubmission/set', response]]
    const done = await setEmails(new Args(follow), call)
    return [...answers, ['Email/set', done] as Answer]
  },
}

interface Creation {
  readonly value: Json
  readonly creationId: string
  readonly emailOf: Map<string, string>
}

async function create(
  call: Call,
  account: string,
  { value, creationId, emailOf }: Creation,
): Promise<Json & { readonly id: string }> {
  const { rooms, asker } = call
  const strange = Object.keys(value).filter(
    (name) => !['identityId', 'emailId', 'envelope'].includes(name),
  )
  const missing = ['identityId', 'emailId'].filter((name) => typeof value[name] !== 'string')
  if (strange.length + missing.length > 0) throw invalidProperties([...strange, ...missing])
  const identityId = call.mustResolve(value.identityId as string, 'identityId')
  const emailId = call.mustResolve(value.emailId as string, 'emailId')
  const identity = (await recordObjects(identityType, account, call)).found.get(identityId)
  const [email] = await rooms.emails.get(account, [emailId])
  const unknown = [...(identity ? [] : ['identityId']), ...(email ? [] : ['emailId'])]
  if (!identity || !email) throw invalidProperties(unknown)
  const digest = JSON.parse(email.digest) as Digest
  if (digest.envelope.from.length === 0)
    throw new SetFailure('invalidEmail', 'it has no From', { properties: ['from'] })
  const now = rooms.now()
  const envelope = envelopeOf(value.envelope, digest, String(identity.email))
  const sendAt = heldUntil(envelope, now, delayedSendMax * 1000)
  const held = sendAt > now
  const kept: Submission = {
    ...{ identityId, emailId, threadId: String(email.thread), envelope, sendAt },
    undoStatus: held ? 'pending' : 'final',
    ...{ login: asker.login.address, client: asker.client, secure: asker.secure },
    ...{ upload: '', trace: '', failure: '', claimedUntil: 0 },
  }
  const bytes = bytesOf(rooms, email)
  const whole = await bytes.whole()
  const done: Submission = held
    ? { ...kept, upload: await keptBytes(call, account, { whole, sendAt }) }
    : { ...kept, trace: (await rooms.submissions.send(kept, whole)).id }
  const id = await rooms.submissions.add(account, done)
  emailOf.set(`#${creationId}`, emailId)
  emailOf.set(id, emailId)
  const made = await submissionObject(rooms, id, done, true)
  const { identityId: _, emailId: __, ...told } = made
  return { ...told, id }
}

/** Whatever becomes of the email, what was submitted is what goes. */
async function keptBytes(
  call: Call,
  account: string,
  { whole, sendAt }: { readonly whole: Buffer; readonly sendAt: number },
): Promise<string> {
  const { emails } = call.rooms
  const { blob } = await emails.upload(account, 'message/rfc822', [whole])
  return emails.keep(account, blob, sendAt)
}

/** The Email/set that follows success, RFC 8621 §7.5. */
async function following(
  args: Args,
  call: Call,
  { account, emailOf }: { readonly account: string; readonly emailOf: Map<string, string> },
): Promise<Json | undefined> {
  const updates = args.map('onSuccessUpdateEmail')
  const destroys = args.strings('onSuccessDestroyEmail') ?? []
  if (updates.size + destroys.length === 0) return undefined
  for (const { id, value } of await call.rooms.submissions.list(account))
    if (!emailOf.has(id)) emailOf.set(id, String(value.emailId))
  const update: Record<string, Json> = {}
  for (const [id, patch] of updates) {
    const email = emailOf.get(id)
    if (email !== undefined) update[email] = patch
  }
  const destroy = destroys.flatMap((id) => emailOf.get(id) ?? [])
  return { accountId: account, update, destroy }
}
