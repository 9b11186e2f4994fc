// Blob/copy, RFC 8620 §6.3: a login sees one account, so that there is no other to copy from.
import type { Method } from '../call.ts'
import { core } from '../capabilities.ts'
import { MethodError } from '../errors.ts'

export const blobCopy: Method = {
  name: 'Blob/copy',
  capability: core,
  async run(args, call) {
    call.account(args)
    const from = args.string('fromAccountId')
    if (from !== call.asker.login.account) throw new MethodError('fromAccountNotFound')
    throw new MethodError('invalidArguments', 'the accounts are the same', {
      arguments: ['fromAccountId'],
    })
  },
}
