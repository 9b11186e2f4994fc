// Email/copy, RFC 8621 §4.7. An account copies into itself by Email/set; others' accounts are not
// told here, so that there is nothing to copy from.
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { MethodError } from '../errors.ts'

export const emailCopy: Method = {
  name: 'Email/copy',
  capability: mail,
  async run(args, call) {
    call.account(args)
    const from = args.string('fromAccountId')
    if (from !== call.asker.login.account) throw new MethodError('fromAccountNotFound')
    throw new MethodError('invalidArguments', 'the accounts are the same', {
      arguments: ['fromAccountId'],
    })
  },
}
