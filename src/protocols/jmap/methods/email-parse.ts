// Email/parse, RFC 8621 §4.9: messages that are blobs, not emails.
import { digest } from '../../../message/digest.ts'
import type { Json } from '../args.ts'
import { findBlob } from '../blobs.ts'
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { emailWish, isEmailProperty, parsedObject } from '../email/email-objects.ts'
import { MethodError } from '../errors.ts'

const usual = [
  ...['messageId', 'inReplyTo', 'references', 'sender', 'from', 'to', 'cc', 'bcc', 'replyTo'],
  ...['subject', 'sentAt', 'hasAttachment', 'preview', 'bodyValues', 'textBody', 'htmlBody'],
  'attachments',
]
const blobsMax = 50

export const emailParse: Method = {
  name: 'Email/parse',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const properties = args.strings('properties')
    if (properties && !properties.every(isEmailProperty))
      throw new MethodError('invalidArguments', '', { arguments: ['properties'] })
    const wish = emailWish(args, properties, usual)
    const ids = args.strings('blobIds')
    if (!ids) throw new MethodError('invalidArguments', '', { arguments: ['blobIds'] })
    if (ids.length > blobsMax) throw new MethodError('requestTooLarge')
    const parsed: Record<string, Json> = {}
    const notParsable: string[] = []
    const notFound: string[] = []
    for (const given of new Set(ids)) {
      const blobId = call.resolved(given) ?? given
      const found = await findBlob(call.rooms, access, blobId)
      if (!found) {
        notFound.push(given)
        continue
      }
      const whole = await found.whole()
      if (!/^[!-9;-~]+[ \t]*:/.test(whole.toString('latin1', 0, 1000))) notParsable.push(given)
      else parsed[given] = parsedObject({ blobId, whole, digest: digest(whole), prefix: 0, wish })
    }
    const orNull = <T extends object>(value: T) => (Object.keys(value).length > 0 ? value : null)
    const failed = { notParsable: orNull(notParsable), notFound: orNull(notFound) }
    return { accountId, parsed: orNull(parsed), ...failed }
  },
}
