// Keys that authorise URLs of a mailbox's messages, RFC 4467 §3: one a mailbox, made when it is
// first asked for. Knows nothing of URLs.
import { randomBytes } from 'node:crypto'
import type { Engine } from '../store/engine.ts'
import { dropUrlKeys, findUrlKey, keepUrlKey, type UrlKeyPlace } from './url-key-jobs.ts'

/** RFC 4467 §3: 128 bits at least. */
const keyBytes = 32

export class UrlKeys {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** undefined where there is none. */
  async find({ account, mailbox }: UrlKeyPlace): Promise<Uint8Array | undefined> {
    return (await this.#engine.run(findUrlKey, { account, mailbox }))?.value
  }

  /** The mailbox's key, made where there is none. @throws Refused 'not-found' */
  async need({ account, mailbox }: UrlKeyPlace): Promise<Uint8Array> {
    const found = await this.find({ account, mailbox })
    if (found) return found
    const made = { account, mailbox, key: randomBytes(keyBytes) }
    return (await this.#engine.run(keepUrlKey, made))?.value ?? made.key
  }

  /** Takes back every URL of a mailbox; "" is all of the account's. */
  async drop({ account, mailbox }: UrlKeyPlace): Promise<void> {
    await this.#engine.run(dropUrlKeys, { account, mailbox })
  }
}
