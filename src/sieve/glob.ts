// ":matches": RFC 5228 §2.7.1 wildcards, with what each stands for (RFC 5229 §3.2). Takes at most
// the product of both lengths, whatever the pattern.

/** What the whole text and each wildcard are; undefined where it does not match. */
export function glob(pattern: string, text: string, original = text): string[] | undefined {
  const pieces = piecesOf(pattern)
  const starts: number[] = []
  let [p, t, star, resume] = [0, 0, -1, 0]
  while (t < text.length || p < pieces.length) {
    const piece = pieces[p]
    if (piece === many) {
      star = p++
      starts[star] = t
      resume = t
    } else if (piece !== undefined && t < text.length && (piece === one || piece === text[t])) {
      starts[p++] = t++
    } else if (star >= 0 && resume < text.length) {
      t = ++resume
      p = star + 1
    } else return undefined
  }
  const ends = pieces.map((_, n) => starts[n + 1] ?? text.length)
  const wild = pieces.flatMap((piece, n) =>
    piece === many || piece === one ? [original.slice(starts[n], ends[n])] : [],
  )
  return [original, ...wild]
}

const many = '**'
const one = '??'

/** Characters, and the two wildcards as what no character is. */
function piecesOf(pattern: string): string[] {
  const pieces: string[] = []
  for (let n = 0; n < pattern.length; n++) {
    const mark = pattern[n]!
    if (mark === '\\' && n + 1 < pattern.length) pieces.push(pattern[++n]!)
    else pieces.push(mark === '*' ? many : mark === '?' ? one : mark)
  }
  return pieces
}
