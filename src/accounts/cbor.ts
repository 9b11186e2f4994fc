// Reads the little CBOR (RFC 8949) that authenticators write: whole numbers, bytes, texts, lists
// and maps of definite length. Pure; bounded by the bytes it is given.

export type Cbor =
  | number
  | boolean
  | null
  | string
  | Uint8Array
  | readonly Cbor[]
  | ReadonlyMap<number | string, Cbor>

const depthMax = 8

export class Unreadable extends Error {}

/** The first item, and where it ends. @throws Unreadable */
export function readCbor(bytes: Buffer, from = 0): { value: Cbor; end: number } {
  const reader = new Reader(bytes, from)
  try {
    return { value: reader.item(0), end: reader.at }
  } catch (error) {
    // Beyond the end of the bytes.
    if (error instanceof RangeError) throw new Unreadable('cut short')
    throw error
  }
}

class Reader {
  readonly #bytes: Buffer
  at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  item(depth: number): Cbor {
    if (depth > depthMax) throw new Unreadable('too deep')
    const head = this.#bytes.readUInt8(this.at++)
    const [major, minor] = [head >> 5, head & 31]
    if (major === 7) return this.#simple(minor)
    const value = this.#number(minor)
    if (major === 0) return value
    if (major === 1) return -1 - value
    if (major === 2) return this.#take(value)
    if (major === 3) return this.#take(value).toString()
    if (major === 4) return this.#times(value, () => this.item(depth + 1))
    if (major !== 5) throw new Unreadable(`of kind ${major}`)
    return new Map(this.#times(value, () => [this.#key(depth), this.item(depth + 1)] as const))
  }

  #key(depth: number): number | string {
    const key = this.item(depth + 1)
    if (typeof key === 'number' || typeof key === 'string') return key
    throw new Unreadable('a key that is neither number nor text')
  }

  #simple(minor: number): boolean | null {
    if (minor === 20 || minor === 21) return minor === 21
    if (minor === 22) return null
    throw new Unreadable(`simple value ${minor}`)
  }

  #number(minor: number): number {
    if (minor < 24) return minor
    const length = { 24: 1, 25: 2, 26: 4 }[minor]
    if (length === undefined) throw new Unreadable('a number without end')
    const value = this.#bytes.readUIntBE(this.at, length)
    this.at += length
    return value
  }

  #take(length: number): Buffer {
    const taken = this.#bytes.subarray(this.at, this.at + length)
    if (taken.length < length) throw new Unreadable('cut short')
    this.at += length
    return taken
  }

  #times<T>(count: number, one: () => T): T[] {
    // Each has a byte at least.
    if (count > this.#bytes.length - this.at) throw new Unreadable('cut short')
    return Array.from({ length: count }, one)
  }
}
