// Many messages in one body: before each a line of JSON that says its size and what is kept with
// it.
import * as v from 'valibot'
import { Refused } from '../../base/refused.ts'

const head = v.strictObject({
  /** Bytes that follow the line. */
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  flags: v.array(v.string()),
  /** Milliseconds since 1970. */
  receivedAt: v.pipe(v.number(), v.safeInteger()),
})

export interface Framed extends v.InferOutput<typeof head> {
  readonly bytes: Buffer
}

const LF = 10

/** @throws Refused 'bad-value' for what is no frame. */
export function framesIn(body: Buffer): Framed[] {
  const frames: Framed[] = []
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(LF, at)
    const told = headIn(end < 0 ? '' : body.toString('utf8', at, end))
    const bytes = body.subarray(end + 1, end + 1 + told.size)
    if (bytes.length < told.size) throw new Refused('bad-value', 'a message is cut')
    frames.push({ ...told, bytes })
    at = end + 1 + told.size
  }
  return frames
}

function headIn(line: string): v.InferOutput<typeof head> {
  try {
    return v.parse(head, JSON.parse(line))
  } catch {
    throw new Refused('bad-value', 'a line of JSON is wanted before each message')
  }
}
