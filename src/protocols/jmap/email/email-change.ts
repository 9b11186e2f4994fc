// What a patch asks of an email: RFC 8620 §5.3, RFC 8621 §4.6.
import type { EmailChange } from '../../../mailbox/email-objects.ts'
import type { Json } from '../args.ts'
import type { Call } from '../call.ts'
import { invalidProperties, SetFailure } from '../errors.ts'
import { flagOf, flagsOf, isKeyword } from '../keywords.ts'
import { mailboxesOf } from './email-place.ts'

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
