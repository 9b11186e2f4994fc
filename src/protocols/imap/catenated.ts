// The bytes of what a URL names in mailboxes that the account may read, RFC 4469 §3.
import { Refused } from '../../base/refused.ts'
import type { FetchColumn } from '../../mailbox/fetch-job.ts'
import type { Digest } from '../../message/digest.ts'
import { bytesColumns, RowReader } from './fetch/fetch-row.ts'
import { MessageAnswers } from './fetch/message-answers.ts'
import { type MessageUrl, messageUrl } from './message-url.ts'
import { may, reach } from './reach.ts'
import type { ImapPorts } from './session.ts'
import type { User } from './user.ts'
import type { View } from './view.ts'

/** RFC 4469 §4.1: nothing is there; the answer is NO [BADURL …]. */
export class BadUrl extends Error {}

export interface Asker {
  readonly user: User
  /** The selected mailbox, if any. */
  readonly view: View | undefined
  readonly ports: Pick<ImapPorts, 'mailboxes' | 'messages'>
}

const columns: readonly FetchColumn[] = ['uid', ...bytesColumns]

/** As they come, nothing decoded. @throws BadUrl, Refused 'storage-failed' */
export async function* bytesOfUrl(text: string, asker: Asker): AsyncGenerator<Uint8Array> {
  const url = messageUrl(text)
  const answers = url && (await messageOfUrl(url, asker))
  const found = await answers?.raw(url!.section, url!.partial)
  if (!found) throw new BadUrl(text)
  yield* found.bytes
}

/** The message that a URL names; undefined where there is none that may be read. */
export async function messageOfUrl(
  url: MessageUrl,
  asker: Asker,
): Promise<MessageAnswers | undefined> {
  const { view, ports } = asker
  const box = await boxOf(url.mailbox, asker)
  if (!box || (url.uidValidity ?? box.uidValidity) !== box.uidValidity) return undefined
  const shown = view?.account === box.account && view.mailbox === box.id
  if (shown && view.uids.numberOf(url.uid) === 0) return undefined
  const read = new RowReader(columns)
  const place = { account: box.account, mailbox: box.id }
  for await (const [row] of ports.messages.fetch(place, [[url.uid, url.uid]], columns)) {
    if (!row) break
    const ref = {
      segment: read.number(row, 'segment'),
      offset: read.number(row, 'start'),
      size: read.number(row, 'blobSize'),
    }
    const opened = {
      id: read.text(row, 'email'),
      digest: JSON.parse(read.text(row, 'digest')) as Digest,
      bytes: ports.messages.bytes(ref, read.bytes(row, 'prefix')),
    }
    return new MessageAnswers(opened, ports.messages.structures)
  }
  return undefined
}

/** A name that cannot be is nowhere, and so is what one may not read. */
async function boxOf(name: string | undefined, { user, view, ports }: Asker) {
  if (name === undefined)
    return view && { account: view.account, id: view.mailbox, uidValidity: view.uidValidity }
  try {
    const box = await reach(ports.mailboxes, user, name)
    return may(box, 'r') ? box : undefined
  } catch (error) {
    if (error instanceof Refused && error.code === 'bad-value') return undefined
    throw error
  }
}
