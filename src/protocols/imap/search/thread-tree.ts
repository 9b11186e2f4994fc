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
