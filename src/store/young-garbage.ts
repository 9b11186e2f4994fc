// Why a gigabyte can stream through in little memory: buffers that were used once are garbage that
// V8 leaves alone up to 64 MiB of them, since the memory is outside its heap.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const everyBytes = 8 * 1024 * 1024

/** V8's collector of what is young: 0.3 ms. The flag only lets it be found. */
const collect = ((): ((options: { type: 'minor' }) => void) => {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('typeof gc === "function" ? gc : undefined')
  setFlagsFromString('--no-expose-gc')
  return typeof found === 'function' ? (options) => found(options) : () => {}
})()

/** Counts the bytes of one long stream, and has their buffers freed as they pass. */
export class YoungGarbage {
  #bytes = 0

  passed(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < everyBytes) return
    this.#bytes = 0
    collect({ type: 'minor' })
  }
}
