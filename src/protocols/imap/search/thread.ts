// THREAD: messages as trees, by what they answer or by their subjects. RFC 5256 §4; REFS is
// REFERENCES without its joining by subjects, the thread with the newest message last.
import type { MailboxColumns } from '../../../mailbox/mailbox-columns.ts'
import type { Messages, Place } from '../../../mailbox/messages.ts'
import { rangesOf } from '../../../mailbox/uid-set.ts'
import type { ThreadAlgorithm } from './search-command.ts'
import type { Result } from './search-mailbox.ts'
import { threadsByReferences } from './thread-references.ts'
import { packed, type Threaded, type ThreadNode, unpacked } from './thread-tree.ts'

/** The trees of what was found, in the order of the answer. */
export async function threadFound(
  { columns, indexes }: Result,
  algorithm: ThreadAlgorithm,
  { place, messages }: { readonly place: Place; readonly messages: Messages },
): Promise<readonly ThreadNode[]> {
  // Of a whole mailbox they are the same until a message comes or goes.
  const name = `THREAD ${algorithm}`
  const whole = indexes.length === columns.count
  const kept = whole ? columns.order(name) : undefined
  if (kept) return unpacked(kept)
  const threaded: Threaded[] = []
  const uids = rangesOf(indexes.map((at) => columns.uid[at]!))
  const wanted = ['uid', 'subject', 'links', 'heads'] as const
  for await (const rows of messages.fetch(place, uids, wanted))
    for (const [uid, subject, links, heads] of rows as unknown as readonly Row[]) {
      const at = columns.indexOf(uid)
      const [id = '', ...references] = links.split(' ')
      const answer = isAnswer(heads)
      threaded.push({ uid, subject, id, references, answer, sentAt: columns.sentAt[at]! })
    }
  const threads =
    algorithm === 'ORDEREDSUBJECT'
      ? bySubject(threaded)
      : threadsByReferences(threaded, algorithm === 'REFERENCES')
  // A message may have come or gone while they were read.
  const same = threaded.length === columns.count && threaded.every(isAt(columns))
  if (whole && same) columns.keepOrder(name, packed(threads))
  return threads
}

function isAt(columns: MailboxColumns) {
  return ({ uid }: Threaded, at: number) => columns.uid[at] === uid
}

type Row = readonly [uid: number, subject: string, links: string, heads: string]

/** RFC 5256 §3: whether finding its base subject takes away the mark of a reply or a forward. */
function isAnswer(heads: string): boolean {
  const subject = heads.split('\n', 5)[4] ?? ''
  const leader = /^\s*(?:\[[^\]]*\]\s*)*(?:re|fwd?)\s*(?:\[[^\]]*\]\s*)*:/
  return leader.test(subject) || /^\[fwd:.*\]$|\(fwd\)\s*$/.test(subject)
}

/** RFC 5256 §3 "ORDEREDSUBJECT": of one subject the oldest, and the others as its children. */
function bySubject(messages: readonly Threaded[]): readonly ThreadNode[] {
  const groups = Map.groupBy(messages.toSorted(earlier), ({ subject }) => subject)
  return [...groups.values()].map(([first, ...others]) => ({
    uid: first!.uid,
    children: others.map(({ uid }) => ({ uid, children: [] })),
  }))
}

function earlier(a: Threaded, b: Threaded): number {
  return a.sentAt - b.sentAt || a.uid - b.uid
}
