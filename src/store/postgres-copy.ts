// COPY in its binary format: bytes go to the server and come from it as they are, neither as text
// nor by way of a parser. https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.4
import { once } from 'node:events'
import type { Connection, Submittable } from 'pg'

const signature = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
const trailer = Buffer.from([0xff, 0xff])
const copyDone = Buffer.from([0x63, 0, 0, 0, 4])

interface Told {
  /** Each row as the server sent it; the first one begins with the signature. */
  readonly onData?: (data: Buffer) => void
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** What goes in: all of it at once, or as the server takes it. */
export type CopyData = readonly Uint8Array[] | AsyncIterable<Uint8Array>

/** A COPY statement as the driver sends it. */
export class Copy implements Submittable {
  readonly #text: string
  readonly #data: CopyData | undefined
  readonly #told: Told
  #refused = false

  constructor(text: string, data: CopyData | undefined, told: Told) {
    this.#text = text
    this.#data = data
    this.#told = told
  }

  /** The server ignores data of a statement that it has refused: no need to ask it first. */
  submit(connection: Connection): void {
    const { stream } = connection
    connection.query(this.#text)
    if (!this.#data || !('length' in this.#data)) return
    for (const part of [headOf(this.#data), ...this.#data, copyDone]) stream.write(part)
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    this.#told.onData?.(chunk)
  }

  handleError(error: Error): void {
    this.#refused = true
    this.#told.reject(error)
  }

  handleReadyForQuery(): void {
    this.#told.resolve()
  }

  handleCopyInResponse(connection: Connection): void {
    if (!this.#data || 'length' in this.#data) return
    this.#pour(connection, this.#data).catch((error: Error) => {
      connection.stream.destroy(error)
    })
  }

  handleCommandComplete(): void {}

  async #pour({ stream }: Connection, data: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of data) {
      if (this.#refused) return
      stream.write(headOf([chunk]))
      if (!stream.write(chunk)) await once(stream, 'drain')
    }
    stream.write(copyDone)
  }
}

function headOf(data: readonly Uint8Array[]): Buffer {
  const head = Buffer.allocUnsafe(5)
  head[0] = 0x64
  head.writeInt32BE(
    data.reduce((sum, { length }) => sum + length, 4),
    1,
  )
  return head
}

export type Field = number | Uint8Array

/** Rows of integers, as `bigint`, and bytes. The bytes are not copied. */
export function binaryOf(rows: readonly (readonly Field[])[]): readonly Uint8Array[] {
  const parts: Uint8Array[] = [signature]
  for (const row of rows) {
    const whole = row.filter((field) => typeof field === 'number').length
    const bytes = Buffer.allocUnsafe(2 + row.length * 4 + whole * 8)
    let [from, at] = [0, bytes.writeInt16BE(row.length)]
    for (const field of row) {
      if (typeof field === 'number') {
        at = bytes.writeBigInt64BE(BigInt(field), bytes.writeInt32BE(8, at))
        continue
      }
      at = bytes.writeInt32BE(field.length, at)
      parts.push(bytes.subarray(from, at), field)
      from = at
    }
    parts.push(bytes.subarray(from))
  }
  return [...parts, trailer]
}

/** The fields of a row as COPY sends it; undefined at the end. They share the row's memory. */
export function fieldsOf(data: Buffer): readonly Buffer[] | undefined {
  const started = data.length >= signature.length && data[0] === 0x50
  let at = started ? signature.length + data.readInt32BE(signature.length - 4) : 0
  const count = data.readInt16BE(at)
  at += 2
  if (count < 0) return undefined
  return Array.from({ length: count }, () => {
    const size = data.readInt32BE(at)
    at += 4 + Math.max(0, size)
    return data.subarray(at - Math.max(0, size), at)
  })
}
