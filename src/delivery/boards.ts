// Boards: mailboxes that many read. Says which addresses mean one, and makes its mailbox.
import type { Accounts } from '../accounts/accounts.ts'
import { Refused } from '../base/refused.ts'
import { listMailboxes } from '../mailbox/read-jobs.ts'
import type { Address } from '../message/address.ts'
import { foldAscii, splitDetail } from '../message/address.ts'
import type { Engine } from '../store/engine.ts'
import type { Notifier } from '../store/notifier.ts'
import { boardsAccount, openBoard } from './file-jobs.ts'
import type { Place } from './types.ts'

export interface BoardOptions {
  /** Whether every accepted message is also filed on the board `name`. */
  readonly everything: boolean
  /** The default board, and the local part that means boards: NAME@ and NAME+OTHER@. */
  readonly name: string
}

interface Ports {
  readonly engine: Engine
  readonly accounts: Accounts
  /** Word of other processes; none where this is the only one. */
  readonly notifier?: Notifier
  readonly now: () => number
}

const channel = 'boards'
const boardsMax = 1_000
const boardName = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/

export class Boards {
  readonly #ports: Ports
  readonly #options: BoardOptions | null
  /** Boards known to have a mailbox; undefined until it was looked up. */
  #open: Set<string> | undefined

  constructor(ports: Ports, options: BoardOptions | null) {
    this.#ports = ports
    this.#options = options
    ports.notifier?.listen(channel, () => {
      this.#open = undefined
    })
    if (options && !boardName.test(options.name)) {
      throw new Refused('bad-value', `"${options.name}" names no board`)
    }
  }

  /** The board that takes every accepted message, ready to be filed in; "" where none does. */
  async forEverything(): Promise<string> {
    if (!this.#options?.everything) return ''
    await this.#ensure(this.#options.name)
    return this.#options.name
  }

  /** The board itself where there is such a one, else "": anybody may name anything. */
  async known(board: string): Promise<string> {
    if (!this.#options || board === '') return ''
    const there = board === this.#options.name || (this.#open ?? (await this.#read())).has(board)
    return there ? board : ''
  }

  /** The board an address means. A new one is made only for who `mayOpen`. */
  async placeOf({ local, domain }: Address, mayOpen: boolean): Promise<Place | undefined> {
    if (!this.#options) return undefined
    const { user, detail } = splitDetail(foldAscii(local), '+')
    if (user !== this.#options.name) return undefined
    if ((await this.#ports.accounts.localDomain(domain)) === undefined) return undefined
    const board = detail === '' ? this.#options.name : detail
    if (!boardName.test(board)) return undefined
    const open = this.#open ?? (await this.#read())
    if (!open.has(board)) {
      if (!mayOpen || open.size >= boardsMax) return undefined
      await this.#ensure(board)
    }
    return { kind: 'board', board }
  }

  async #ensure(board: string): Promise<void> {
    const open = this.#open ?? (await this.#read())
    if (open.has(board)) return
    await this.#ports.engine.run(openBoard, { board, at: this.#ports.now() })
    open.add(board)
    this.#ports.notifier?.publish(channel, '')
  }

  async #read(): Promise<Set<string>> {
    const rows = await this.#ports.engine.run(listMailboxes, boardsAccount)
    this.#open ??= new Set(rows.map((row) => row.id))
    return this.#open
  }
}
