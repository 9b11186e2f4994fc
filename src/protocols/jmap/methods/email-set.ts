// Email/set, RFC 8621 §4.6.
import type { EmailChange } from '../../../mailbox/email-objects.ts'
import type { Json } from '../args.ts'
import { blobIdOfEmail } from '../blob-ids.ts'
import { findBlob } from '../blobs.ts'
import type { Call, Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { composeEmail } from '../email/compose-email.ts'
import { mailboxesOf, placeWish } from '../email/email-place.ts'
import { invalidProperties, SetFailure } from '../errors.ts'
import { flagOf, flagsOf, isKeyword } from '../keywords.ts'
import { limits } from '../limits.ts'
import { setObjects } from '../objects.ts'

export const emailSet: Method = {
  name: 'Email/set',
  capability: mail,
  async run(args, call) {
    const account = call.account(args)
    const { emails } = call.rooms
    return setObjects(args, call, {
      state: async () => String(await emails.modseq(account)),
      create: (value) => create(call, account, value),
      update: async (id, patch) => {
        await emails.change(changeOf(call, account, id, patch))
        return null
      },
      destroy: (id) => emails.destroy(account, id),
    })
  },
}

async function create(
  call: Call,
  account: string,
  value: Json,
): Promise<Json & { readonly id: string }> {
  const { rooms } = call
  const place = await placeWish(call, account, value)
  const bytes = await composeEmail(value, {
    blob: async (id) => {
      const found = await findBlob(rooms, account, call.resolved(id) ?? id)
      return found?.whole()
    },
    serverName: rooms.serverName,
    now: rooms.now(),
  })
  if (bytes.length > limits.maxSizeUpload) throw new SetFailure('tooLarge')
  const letter = rooms.messages.letter(limits.maxSizeUpload)
  await letter.write(bytes)
  const sealed = await letter.seal()
  // The bytes must be there before the row that names them.
  await sealed.synced
  const { mailboxes, flags, receivedAt } = place
  const order = { account, mailboxes, flags, receivedAt, blob: sealed.ref }
  const { id, thread, size } = await rooms.emails.import(order)
  return { id, blobId: blobIdOfEmail(id), threadId: String(thread), size }
}

type Wish = NonNullable<EmailChange['flags']>

/** RFC 8620 §5.3: keywords and mailboxes as a whole, or one by one. @throws SetFailure */
export function changeOf(
  call: Call,
  account: string,
  email: string,
  patch: Json,
): Omit<EmailChange, 'at'> {
  const names = Object.keys(patch)
  const strange = names.filter((name) => !/^(?:keywords|mailboxIds)(?:\/.+)?$/.test(name))
  if (strange.length > 0) throw invalidProperties(strange)
  for (const whole of ['keywords', 'mailboxIds'])
    if (whole in patch && names.some((name) => name.startsWith(`${whole}/`)))
      throw new SetFailure('invalidPatch', `${whole} is patched twice`)
  const flags =
    'keywords' in patch
      ? replaced(flagsOf(patch.keywords))
      : pieces(patch, 'keywords', (keyword) => {
          if (!isKeyword(keyword)) throw invalidProperties(['keywords'])
          return flagOf(keyword)
        })
  const mailboxes =
    'mailboxIds' in patch
      ? replaced(mailboxesOf(call, patch.mailboxIds))
      : pieces(patch, 'mailboxIds', (id) => call.mustResolve(id, 'mailboxIds'))
  return { account, email, ...(flags ? { flags } : {}), ...(mailboxes ? { mailboxes } : {}) }
}

function replaced(add: readonly string[]): Wish {
  return { mode: 'replace', add, remove: [] }
}

function pieces(patch: Json, whole: string, nameOf: (key: string) => string): Wish | undefined {
  const [add, remove]: [string[], string[]] = [[], []]
  for (const [path, value] of Object.entries(patch)) {
    if (!path.startsWith(`${whole}/`)) continue
    if (value !== true && value !== null) throw invalidProperties([path])
    const key = path
      .slice(whole.length + 1)
      .replaceAll('~1', '/')
      .replaceAll('~0', '~')
    const list = value === true ? add : remove
    list.push(nameOf(key))
  }
  return add.length + remove.length === 0 ? undefined : { mode: 'patch', add, remove }
}
