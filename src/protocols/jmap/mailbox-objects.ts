// Mailboxes as JMAP objects (RFC 8621 §2): a tree by ids, where the store has names with "/".
import type { Mailbox } from '../../mailbox/mailbox-row.ts'
import type { Json } from './args.ts'
import type { Call } from './call.ts'
import type { Counts } from './thread-counts.ts'

export const mailboxProperties: readonly string[] = [
  ...['id', 'name', 'parentId', 'role', 'sortOrder', 'totalEmails', 'unreadEmails'],
  ...['totalThreads', 'unreadThreads', 'myRights', 'isSubscribed'],
]

const none: Counts = { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 }

/** Every mailbox of an account, in the order of names. */
export async function mailboxObjects(
  call: Call,
  account: string,
  counted = true,
): Promise<Map<string, Json>> {
  const { mailboxes, views } = call.rooms
  const boxes = await mailboxes.list(account)
  const counts = counted ? await views.counts(account, boxes) : undefined
  const byName = new Map(boxes.map((box) => [box.name, box.id]))
  return new Map(boxes.map((box) => [box.id, objectOf(box, byName, counts?.(box.id) ?? none)]))
}

function objectOf(box: Mailbox, byName: ReadonlyMap<string, string>, counts: Counts): Json {
  const { name, parentId } = placeOf(box.name, byName)
  const fixed = box.role === 'inbox'
  return {
    ...{ id: box.id, name: name === 'INBOX' && parentId === null ? 'Inbox' : name, parentId },
    ...{ role: box.role === '' ? null : box.role, sortOrder: box.sortOrder },
    ...counts,
    myRights: {
      ...{ mayReadItems: true, mayAddItems: true, mayRemoveItems: true, maySetSeen: true },
      ...{ maySetKeywords: true, mayCreateChild: true, maySubmit: true },
      ...{ mayRename: !fixed, mayDelete: !fixed },
    },
    isSubscribed: box.subscribed,
  }
}

/** The nearest ancestor that is there is the parent: names between may be nobody's. */
function placeOf(full: string, byName: ReadonlyMap<string, string>) {
  for (let at = full.lastIndexOf('/'); at > 0; at = full.lastIndexOf('/', at - 1)) {
    const parentId = byName.get(full.slice(0, at))
    if (parentId !== undefined) return { name: full.slice(at + 1), parentId }
  }
  return { name: full, parentId: null }
}
