// The base subject, RFC 5256 §2.1: what is left of a subject without the marks of replies,
// forwards and lists. For sorting, and for telling threads apart. Pure.

// Nobody writes so much before the subject itself, and the removal is not linear.
const subjectMaxChars = 1000

const blob = String.raw`\[[^[\]]*\] *`
const leader = new RegExp(`^(?:(?:${blob})*(?:re|fwd?) *(?:${blob})?:| )`, 'i')
const firstBlob = new RegExp(`^${blob}`)
const trailer = /(?:\(fwd\)| )$/i
const forwarded = /^\[fwd:(.*)\]$/i

/** Of a decoded subject; of its first 1,000 characters. In the case it was written in. */
export function baseSubject(subject: string): string {
  // Step 1; the words are decoded already.
  let text = subject.slice(0, subjectMaxChars).replace(/[ \t\r\n]+/g, ' ')
  for (;;) {
    text = withoutLeaders(withoutTrailers(text))
    const inner = forwarded.exec(text)?.[1]
    if (inner === undefined) return text
    text = inner
  }
}

/** Step 2. */
function withoutTrailers(text: string): string {
  let left = text
  for (let match = trailer.exec(left); match; match = trailer.exec(left))
    left = left.slice(0, match.index)
  return left
}

/** Steps 3 to 5. */
function withoutLeaders(text: string): string {
  let left = text
  for (;;) {
    const length = leader.exec(left)?.[0].length ?? blobBeforeBase(left)
    if (length === 0) return left
    left = left.slice(length)
  }
}

/** Step 4: the length of a blob that something follows. */
function blobBeforeBase(text: string): number {
  const length = firstBlob.exec(text)?.[0].length ?? 0
  return length < text.length ? length : 0
}
