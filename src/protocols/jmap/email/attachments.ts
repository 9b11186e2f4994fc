// Which emails have attachments: read from what is kept beside each, and remembered, for it never
// changes.
import type { Messages } from '../../../mailbox/messages.ts'
import { rangesOf } from '../../../mailbox/uid-set.ts'
import type { View } from '../view.ts'

const rememberedMax = 1_000_000

export class Attachments {
  readonly #messages: Messages
  readonly #known = new Map<string, boolean>()

  constructor(messages: Messages) {
    this.#messages = messages
  }

  /** Those of the view that have any, of those that are to be looked at. */
  async of(order: {
    readonly account: string
    readonly view: View
    readonly among: (at: number) => boolean
  }): Promise<ReadonlySet<string>> {
    const { account, view, among } = order
    const wanted = view.indexes().filter(among)
    const missing = wanted.filter((at) => !this.#known.has(`${account} ${view.email[at]}`))
    if (this.#known.size + missing.length > rememberedMax) this.#known.clear()
    for (const [mailbox, indexes] of Map.groupBy(missing, (at) => view.placeOf(at).mailbox)) {
      const byUid = new Map(indexes.map((at) => [view.uid[at]!, at]))
      const uids = rangesOf([...byUid.keys()].sort((a, b) => a - b))
      for await (const rows of this.#messages.fetch({ account, mailbox }, uids, ['uid', 'digest']))
        for (const [uid, digest] of rows as unknown as readonly (readonly [number, string])[])
          this.#known.set(
            `${account} ${view.email[byUid.get(uid)!]}`,
            // Of JSON that no text of a sender's can be taken for: quotes in it are escaped.
            digest.includes('"hasAttachment":true'),
          )
    }
    const having = wanted.filter((at) => this.#known.get(`${account} ${view.email[at]}`))
    return new Set(having.map((at) => view.email[at]!))
  }
}
