// Thread/changes, RFC 8621 §3.2.
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { changesArgs, modseqOfState } from '../objects.ts'

export const threadChanges: Method = {
  name: 'Thread/changes',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const { sinceState, max } = changesArgs(args)
    const news = await call.rooms.messages.threadsSince(accountId, modseqOfState(sinceState), max)
    if (!news) throw new MethodError('cannotCalculateChanges')
    const { created, updated, destroyed, modseq, more } = news
    return {
      ...{ accountId, oldState: sinceState, newState: String(modseq), hasMoreChanges: more },
      ...{ created, updated, destroyed },
    }
  },
}
