// Threads as trees, and as THREAD says them: RFC 5256 §5 thread-list.

/** What messages are threaded by. */
export interface Threaded {
  readonly uid: number
  /** The base subject. */
  readonly subject: string
  /** Its Message-ID, or "". */
  readonly id: string
  /** Message-IDs of what it answers, the oldest first. */
  readonly references: readonly string[]
  /** Its subject says that it is a reply or a forward. */
  readonly answer: boolean
  readonly sentAt: number
}

export interface ThreadNode {
  /** 0 for a message that is not here. */
  readonly uid: number
  readonly children: readonly ThreadNode[]
}

/** "(2)(3 6 (4 23)(44 7 96))": as deep as threads are, without recursion. */
export function threadsText(
  threads: readonly ThreadNode[],
  numberOf: (uid: number) => number,
): string {
  const texts: string[] = []
  const waiting: (ThreadNode | string)[] = inParentheses(threads)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === 'string') texts.push(next)
    else {
      if (next.uid !== 0) texts.push(String(numberOf(next.uid)))
      if (next.uid !== 0 && next.children.length > 0) texts.push(' ')
      // A message with one answer is followed by that; several stand beside each other.
      const [only] = next.children
      if (only && next.children.length === 1) waiting.push(only)
      else waiting.push(...inParentheses(next.children))
    }
  }
  return texts.join('')
}

/** To be taken from the end. */
function inParentheses(nodes: readonly ThreadNode[]): (ThreadNode | string)[] {
  return nodes.toReversed().flatMap((node) => [')', node, '('])
}

/** Trees as numbers: of each node its UID and how deep it lies, parents before their children. */
export function packed(threads: readonly ThreadNode[]): Uint32Array {
  const numbers: number[] = []
  const waiting = threads.toReversed().map((node) => ({ node, depth: 0 }))
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, depth } = next
    numbers.push(node.uid, depth)
    for (const child of node.children.toReversed()) waiting.push({ node: child, depth: depth + 1 })
  }
  return Uint32Array.from(numbers)
}

export function unpacked(numbers: Uint32Array): readonly ThreadNode[] {
  const threads: ThreadNode[] = []
  /** The children of the last node of each depth, those at the top first. */
  const levels: ThreadNode[][] = [threads]
  for (let at = 0; at < numbers.length; at += 2) {
    const [uid, depth] = [numbers[at]!, numbers[at + 1]!]
    const children: ThreadNode[] = []
    levels[depth]!.push({ uid, children })
    levels[depth + 1] = children
  }
  return threads
}
