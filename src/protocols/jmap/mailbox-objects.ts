// Mailboxes as JMAP objects (RFC 8621 §2): a tree by ids, where the store has names with "/".
import type { Mailbox } from '../../mailbox/mailbox-row.ts'
import type { Json } from './args.ts'
import type { Call } from './call.ts'
import type { Access } from './sharing/access.ts'
import { rightsObject } from './sharing/share-with.ts'
import type { Counts } from './thread-counts.ts'

export const mailboxProperties: readonly string[] = [
  ...['id', 'name', 'parentId', 'role', 'sortOrder', 'totalEmails', 'unreadEmails'],
  ...['totalThreads', 'unreadThreads', 'myRights', 'isSubscribed', 'shareWith'],
]

const none: Counts = { totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 }

/** Every mailbox of an account that may be seen, in the order of names. */
export async function mailboxObjects(
  call: Call,
  access: Access,
  counted = true,
): Promise<Map<string, Json>> {
  const { mailboxes, views } = call.rooms
  const { account } = access
  const boxes = (await mailboxes.list(account)).filter(({ id }) => access.lists(id))
  const counts = counted ? await views.counts(account, boxes) : undefined
  const byName = new Map(boxes.map((box) => [box.name, box.id]))
  return new Map(
    boxes.map((box) => {
      const of = access.reads(box.id) ? counts?.(box.id) : undefined
      const object = objectOf(box, byName, of ?? none)
      return [box.id, access.isOwn ? object : sharedObject(object, access.rightsIn(box.id))]
    }),
  )
}

/** Another's: what is done to the mailbox itself is its owner's to do. */
function sharedObject(object: Json, rights: string): Json {
  const own = { mayCreateChild: false, mayRename: false, mayDelete: false, mayShare: false }
  return { ...object, myRights: { ...rightsObject(rights), ...own }, isSubscribed: true }
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
      ...{ mayRename: !fixed, mayDelete: !fixed, mayShare: true },
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
