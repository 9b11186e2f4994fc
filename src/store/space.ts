// Watches the room on the disk: refuses new mail early, so that deletions still have room to write,
// and gives up a reserve when the disk is full all the same. Takes mail again by itself.
import { existsSync } from 'node:fs'
import { open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../base/log.ts'
import { Refused } from '../base/refused.ts'

export interface SpaceOptions {
  /** The data folder. */
  readonly folder: string
  /** Below so many free bytes nothing new is taken; an eighth of it is the reserve. 0: never. */
  readonly freeMinBytes: number
  readonly log: Log
}

const lookEveryMs = 1_000
const filesMin = 32
/** A write-ahead log needs this much to take a deletion. */
const spentBelowBytes = 1024 * 1024

export class Space {
  readonly #options: SpaceOptions
  readonly #reserve: string
  #timer: NodeJS.Timeout | undefined
  #refusal: Refused | undefined
  #looked = 0
  #looking: Promise<void> | undefined
  #closed = false

  private constructor(options: SpaceOptions) {
    this.#options = options
    this.#reserve = join(options.folder, 'reserve')
  }

  /** Looks at the disk; to be called before anything is written to it. */
  static async watch(options: SpaceOptions): Promise<Space> {
    const space = new Space(options)
    await space.#look()
    return space
  }

  /** Why nothing new is taken just now. Costs nothing: the disk is looked at beside it. */
  refusal(): Refused | undefined {
    if (performance.now() - this.#looked > lookEveryMs) void this.#look()
    return this.#refusal
  }

  /** A write found no room. */
  full(): void {
    if (this.#options.freeMinBytes === 0) return
    this.#say(new Refused('no-space', 'the disk is full'))
    void this.#look()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#looking
  }

  #look(): Promise<void> {
    this.#looking ??= this.#compare().finally(() => {
      this.#looking = undefined
      this.#looked = performance.now()
      // While mail is refused, nobody may come to ask.
      if (this.#refusal && !this.#closed) this.#later()
    })
    return this.#looking
  }

  #later(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#look(), lookEveryMs)
    this.#timer.unref()
  }

  async #compare(): Promise<void> {
    const { folder, freeMinBytes, log } = this.#options
    if (freeMinBytes === 0) return
    try {
      const { bavail, bsize, files, ffree } = await statfs(folder)
      const free = bavail * bsize
      const few = files > 0 && ffree < filesMin
      if (free < spentBelowBytes || few) await rm(this.#reserve, { force: true })
      const enough = free >= freeMinBytes && !few
      if (enough) await this.#keepReserve(free)
      this.#say(enough ? undefined : new Refused('no-space', `${free} bytes, ${ffree} files free`))
    } catch (error) {
      log.warn('free space unknown', { error })
    }
  }

  /** Makes the reserve where there is room for it beside what must be free. */
  async #keepReserve(free: number): Promise<void> {
    const bytes = Math.floor(this.#options.freeMinBytes / 8)
    if (existsSync(this.#reserve) || free < this.#options.freeMinBytes + bytes) return
    const file = await open(this.#reserve, 'wx', 0o600)
    try {
      await file.writeFile(Buffer.alloc(bytes))
    } finally {
      await file.close()
    }
  }

  #say(refusal: Refused | undefined): void {
    const { log } = this.#options
    if (refusal && !this.#refusal) log.error('no space, new mail is refused', { error: refusal })
    if (!refusal && this.#refusal) log.info('space again')
    this.#refusal = refusal
  }
}
