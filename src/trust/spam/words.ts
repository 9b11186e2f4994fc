// What tells one message from another, as a set of words: of its subject and text, of who says to
// have sent it, and of where its links lead. Knows nothing of what they count for.

/** What is looked at; all of it decoded. */
export interface Reading {
  readonly subject: string
  /** The readable text, or its beginning. */
  readonly text: string
  readonly fromName: string
  /** In lower case. */
  readonly fromDomain: string
  /** Hosts that links lead to, in lower case. */
  readonly linkHosts: readonly string[]
  /** Further marks in one word each: "html-only". */
  readonly marks: readonly string[]
}

const wordsMax = 500
const textMaxChars = 32 * 1024
const lengthMin = 3
const lengthMax = 24
/** Scripts that put no blanks between words: two letters of them stand for a word. */
const unspaced = /[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]/
const wordForm = /[\p{L}\p{N}][\p{L}\p{M}\p{N}'’$%!-]*/gu

/** Each word once, at most 500, those of the header first. */
export function wordsOf(message: Reading): readonly string[] {
  const found = new Set<string>()
  const add = (word: string) => {
    if (found.size < wordsMax) found.add(word)
  }
  if (message.fromDomain !== '') add(`from:${message.fromDomain}`)
  for (const mark of message.marks) add(`mark:${mark}`)
  for (const host of message.linkHosts) add(`link:${host}`)
  for (const word of plainWords(message.fromName)) add(`name:${word}`)
  for (const word of plainWords(message.subject)) add(`subject:${word}`)
  for (const word of plainWords(message.text.slice(0, textMaxChars))) add(word)
  return [...found]
}

function* plainWords(text: string): Generator<string, void> {
  for (const [found] of text.normalize('NFKC').toLowerCase().matchAll(wordForm)) {
    if (unspaced.test(found)) yield* pairs(found)
    else {
      const word = found.replace(/['’!-]+$/, '')
      // Numbers of their own are those of invoices and telephones: each is met once.
      if (word.length < lengthMin || /^[\d.,%-]+$/.test(word)) continue
      yield word.length <= lengthMax ? word : `long:${word.slice(0, 4)}`
    }
  }
}

function* pairs(text: string): Generator<string, void> {
  const letters = [...text]
  for (let n = 0; n + 1 < letters.length; n++) yield `${letters[n]}${letters[n + 1]}`
}
