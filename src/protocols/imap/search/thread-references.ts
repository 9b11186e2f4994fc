// The REFERENCES algorithm, RFC 5256 §3, step by step. Messages form trees by what they answer;
// trees of one subject are joined.
import type { Threaded, ThreadNode } from './thread-tree.ts'

/** A Message-ID that was named, and the message of it where that is here. */
interface Box {
  message: Threaded | undefined
  parent: Box | undefined
  readonly children: Set<Box>
  /** Of the message, or of its first child: what it is sorted by. */
  sentAt: number
  /** The newest within. */
  newest: number
  uid: number
}

/** In the order of the answer. `join`: trees of one subject are one. */
export function threadsByReferences(
  messages: readonly Threaded[],
  join: boolean,
): readonly ThreadNode[] {
  const boxes = linked(messages)
  const roots = pruned([...boxes].filter((box) => !box.parent))
  weigh(roots)
  const threads = join ? joined(roots) : roots
  if (join) weigh(threads)
  const sorted = join ? threads.toSorted(earlier) : threads.toSorted(lastTold)
  return sorted.map(nodeOf)
}

/** Step 1: the messages, each below what it answers. */
function linked(messages: readonly Threaded[]): Iterable<Box> {
  const byId = new Map<string, Box>()
  const others: Box[] = []
  const boxOf = (id: string) => {
    let box = byId.get(id)
    if (!box) {
      box = newBox(undefined)
      byId.set(id, box)
    }
    return box
  }
  for (const message of messages) {
    let box = message.id === '' ? undefined : boxOf(message.id)
    // Of two messages of one id, the second is as if it had none.
    if (!box || box.message) {
      box = newBox(message)
      others.push(box)
    } else box.message = message
    let parent: Box | undefined
    for (const id of message.references) {
      const next = boxOf(id)
      if (parent && !next.parent && !within(parent, next)) adopt(parent, next)
      parent = next
    }
    // What the message says itself of its parent counts more than what others said.
    if (box.parent) leave(box)
    if (parent && !within(parent, box)) adopt(parent, box)
  }
  return [...byId.values(), ...others]
}

function newBox(message: Threaded | undefined): Box {
  return {
    message,
    parent: undefined,
    children: new Set(),
    sentAt: 0,
    newest: 0,
    uid: 0,
  }
}

/** Whether `box` is `other` or below it. */
function within(box: Box, other: Box): boolean {
  if (box !== other && other.children.size === 0) return false
  for (let each: Box | undefined = box; each; each = each.parent) if (each === other) return true
  return false
}

function adopt(parent: Box, child: Box): void {
  child.parent = parent
  parent.children.add(child)
}

function leave(box: Box): void {
  box.parent?.children.delete(box)
  box.parent = undefined
}

/** Every box below these, parents before their children. */
function descend(roots: readonly Box[]): Box[] {
  const all = [...roots]
  for (let at = 0; at < all.length; at++) all.push(...all[at]!.children)
  return all
}

/** Step 3: what is not here gives its place to its children, at the top only where it has one. */
function pruned(roots: readonly Box[]): Box[] {
  for (const box of descend(roots).toReversed()) {
    if (box.message || !box.parent) continue
    const { parent } = box
    leave(box)
    for (const child of [...box.children]) {
      leave(child)
      adopt(parent, child)
    }
  }
  return roots.flatMap((root) => {
    if (root.message || root.children.size > 1) return [root]
    const [only] = root.children
    if (!only) return []
    leave(only)
    return [only]
  })
}

/** Step 4: dates, from the leaves up; siblings are put into their order. */
function weigh(roots: readonly Box[]): void {
  for (const box of descend(roots).toReversed()) {
    const children = [...box.children].sort(earlier)
    box.children.clear()
    for (const child of children) box.children.add(child)
    const [first] = children
    box.sentAt = box.message?.sentAt ?? first?.sentAt ?? 0
    box.uid = box.message?.uid ?? first?.uid ?? 0
    box.newest = children.reduce((most, { newest }) => Math.max(most, newest), box.sentAt)
  }
}

function earlier(a: Box, b: Box): number {
  return a.sentAt - b.sentAt || a.uid - b.uid
}

function lastTold(a: Box, b: Box): number {
  return a.newest - b.newest || a.uid - b.uid
}

/** Step 5: trees of one subject become one. */
function joined(roots: readonly Box[]): Box[] {
  const bySubject = new Map<string, Box>()
  for (const root of roots.toSorted(earlier)) {
    const { subject } = messageOf(root)
    if (subject === '') continue
    const before = bySubject.get(subject)
    const better =
      before &&
      ((!root.message && before.message) ||
        (before.message?.answer && root.message && !root.message.answer))
    if (!before || better) bySubject.set(subject, root)
  }
  const threads = new Set(roots)
  for (const root of roots.toSorted(earlier)) {
    const first = bySubject.get(messageOf(root).subject)
    if (!first || first === root) continue
    threads.delete(root)
    const together = merged(first, root)
    if (together === first) continue
    threads.delete(first)
    threads.add(together)
    bySubject.set(messageOf(root).subject, together)
  }
  return [...threads]
}

/** Step 5 C: the tree that two of one subject make. */
function merged(first: Box, other: Box): Box {
  if (!first.message && !other.message) {
    for (const child of [...other.children]) {
      leave(child)
      adopt(first, child)
    }
    return first
  }
  const below = !first.message || (other.message?.answer && !first.message.answer)
  if (below) {
    adopt(first, other)
    return first
  }
  const together = newBox(undefined)
  adopt(together, first)
  adopt(together, other)
  return together
}

/** Of a root: itself, or its first child's. A root that is not here has children. */
function messageOf(root: Box): Threaded {
  const [first] = root.children
  return (root.message ?? first?.message) as Threaded
}

/** Without recursion: threads may be as long as mailboxes. */
function nodeOf(root: Box): ThreadNode {
  const nodes = new Map<Box, ThreadNode>()
  for (const box of descend([root]).toReversed()) {
    const children = [...box.children].map((child) => nodes.get(child)!)
    nodes.set(box, { uid: box.message?.uid ?? 0, children })
  }
  return nodes.get(root)!
}
