// The text of a message as SMTP and LMTP send it, until CRLF "." CRLF and nothing else.
import { Gone, type Inbox } from './inbox.ts'
import { LineEnds } from './line-ends.ts'

/** Where the text goes, dots already unstuffed. Waits while a promise it returned is pending. */
export type TextSink = (part: Buffer) => Promise<void> | void

export interface DotText {
  /** A CR without LF or LF without CR was in it: RFC 5321 §2.3.8 forbids both. */
  readonly bareLineEnd: boolean
  /** CR stood before the CRLF of the end, so that others may not have seen an end there. */
  readonly doubtfulEnd: boolean
}

const dotLine = Buffer.from('\r\n.')
const CR = 13
const LF = 10
const DOT = 46

/**
 * Reads message text and hands it to `sink` as it comes. RFC 5321 §4.1.1.4: only a line of one
 * dot ends it, a line being what CRLF ends; §4.5.2: the first dot of any other line is removed.
 * What follows the end stays in the inbox.
 * @throws Gone when the client is lost before the end.
 */
export async function readDotText(inbox: Inbox, sink: TextSink): Promise<DotText> {
  const reader = new DotReader()
  let carry: Buffer | undefined
  for (;;) {
    const chunk = await inbox.some()
    if (chunk === undefined) throw new Gone()
    const data: Buffer = carry ? Buffer.concat([carry, chunk]) : chunk
    const used = reader.read(data)
    for (const part of reader.parts) {
      const wait = sink(part)
      if (wait) await wait
    }
    const rest = used === data.length ? undefined : data.subarray(used)
    if (reader.done) {
      if (rest) inbox.unread(rest)
      return { bareLineEnd: reader.bareLineEnd, doubtfulEnd: reader.doubtfulEnd }
    }
    carry = rest
  }
}

class DotReader {
  done = false
  doubtfulEnd = false
  parts: Buffer[] = []
  #lineStart = true
  #last = 0
  readonly #lineEnds = new LineEnds()

  get bareLineEnd(): boolean {
    return this.#lineEnds.bare
  }

  /** Takes what it can of `data`; returns how much. The rest may be the beginning of an end. */
  read(data: Buffer): number {
    this.parts = []
    let from = 0
    if (this.#lineStart && data[0] === DOT) {
      const verdict = this.#dotAt(data, 0)
      if (verdict === 'wait') return 0
      if (verdict === 'end') return 3
      from = 1
    }
    this.#lineStart = false
    for (;;) {
      const at = data.indexOf(dotLine, from)
      if (at < 0) return this.#tail(data, from)
      const verdict = this.#dotAt(data, at + 2)
      if (verdict === 'wait') {
        this.#emit(data, from, at)
        return at
      }
      if (verdict === 'end') this.doubtfulEnd = (at > 0 ? data[at - 1] : this.#last) === CR
      this.#emit(data, from, at + 2)
      if (verdict === 'end') return at + 5
      from = at + 3
    }
  }

  /** A dot that begins a line: the end, stuffing, or not enough to tell. */
  #dotAt(data: Buffer, at: number): 'end' | 'stuffed' | 'wait' {
    if (at + 1 >= data.length) return 'wait'
    if (data[at + 1] !== CR) return 'stuffed'
    if (at + 2 >= data.length) return 'wait'
    if (data[at + 2] !== LF) return 'stuffed'
    this.done = true
    return 'end'
  }

  /** No dot line ahead: all but a possible beginning of one may go. */
  #tail(data: Buffer, from: number): number {
    let end = data.length
    if (end > from && data[end - 1] === CR) end -= 1
    else if (end - 1 > from && data[end - 1] === LF && data[end - 2] === CR) end -= 2
    this.#emit(data, from, end)
    return end
  }

  #emit(data: Buffer, from: number, to: number): void {
    if (from >= to) return
    const part = data.subarray(from, to)
    this.#lineEnds.check(part)
    this.#last = data[to - 1]!
    this.parts.push(part)
  }
}
