// Email/parse, RFC 8621 §4.9: messages that are blobs, not emails.
import { digest } from '../../../message/digest.ts'
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { emailWish, isEmailProperty, parsedObject } from '../email/email-objects.ts'
import { MethodError } from '../errors.ts'
import { parsedBlobs } from '../parsed-blobs.ts'

const usual = [
  ...['messageId', 'inReplyTo', 'references', 'sender', 'from', 'to', 'cc', 'bcc', 'replyTo'],
  ...['subject', 'sentAt', 'hasAttachment', 'preview', 'bodyValues', 'textBody', 'htmlBody'],
  'attachments',
]
export const emailParse: Method = {
  name: 'Email/parse',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const properties = args.strings('properties')
    if (properties && !properties.every(isEmailProperty))
      throw new MethodError('invalidArguments', '', { arguments: ['properties'] })
    const wish = emailWish(args, properties, usual)
    return parsedBlobs(args, call, access, (whole, blobId) => {
      if (!/^[!-9;-~]+[ \t]*:/.test(whole.toString('latin1', 0, 1000))) return undefined
      return parsedObject({ blobId, whole, digest: digest(whole), prefix: 0, wish })
    })
  },
}
