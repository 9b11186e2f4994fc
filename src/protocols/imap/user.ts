// Who has logged in, and what the session has agreed upon.
import type { Login } from '../../accounts/logins.ts'
import type { SelectedWish } from './notify/wishes.ts'

/** RFC 5161: what changes the server's answers, and so is enabled by the client. */
export const enableable = [
  ...(['IMAP4rev2', 'CONDSTORE', 'QRESYNC', 'UTF8=ACCEPT', 'UIDONLY'] as const),
] as const
export type Enableable = (typeof enableable)[number]

/** What became of mailboxes that are not selected. */
export interface OtherNews {
  /** Whether anything is to be told at all. */
  readonly watched: boolean
  /** RFC 5465 §5: what the client does itself it need not be told. */
  cause(name: string): void
  /** What has changed since it was asked last, as responses; `selected` is a mailbox's id or "". */
  news(selected: string): Promise<string>
}

/** What NOTIFY has asked for: RFC 5465 §3.1. */
export interface Notices {
  /** Of the selected mailbox; undefined: nothing. */
  readonly selected: SelectedWish | undefined
  readonly others: OtherNews
}

export class User {
  readonly account: string
  readonly address: string
  /** undefined until the first NOTIFY: what is usual. */
  notices: Notices | undefined
  #enabled = 0

  constructor({ account, address }: Login) {
    this.account = account
    this.address = address
  }

  has(extension: Enableable): boolean {
    return (this.#enabled & bitOf(extension)) !== 0
  }

  /** True when it was not enabled before. RFC 7162 §3.2.3: QRESYNC enables CONDSTORE. */
  enable(extension: Enableable): boolean {
    const fresh = !this.has(extension)
    this.#enabled |= bitOf(extension)
    if (extension === 'QRESYNC') this.#enabled |= bitOf('CONDSTORE')
    return fresh
  }

  /** Names of mailboxes are said in UTF-8: RFC 9051 §5.1, RFC 6855 §3. */
  get utf8(): boolean {
    return this.has('IMAP4rev2') || this.has('UTF8=ACCEPT')
  }
}

function bitOf(extension: Enableable): number {
  return 1 << enableable.indexOf(extension)
}
