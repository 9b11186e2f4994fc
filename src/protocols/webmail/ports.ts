// What the webmail is handed of the house.
import type { Log } from '../../base/log.ts'
import type { Emails } from '../../mailbox/emails.ts'
import type { Messages } from '../../mailbox/messages.ts'
import type { HttpRequest } from '../../wire/http-types.ts'

export interface WebmailPorts {
  /** The page's files. */
  readonly folders: readonly string[]
  /** Files of libraries that the page loads, by name. */
  readonly libraries: Readonly<Record<string, string>>
  /** The account whose session asks; undefined is nobody, or a page of somebody else's. */
  readonly accountOf: (request: HttpRequest) => Promise<string | undefined>
  readonly emails: Pick<Emails, 'get'>
  readonly messages: Pick<Messages, 'bytes'>
  readonly outside: Outside
  readonly log: Log
}

/**
 * The first bytes of what is at an address in the world. Never asks within the house, whatever the
 * name or a redirect leads to. @throws Error that says why not
 */
export type FetchPicture = (url: string, signal: AbortSignal) => Promise<Buffer>

/** One form to an address in the world, as above; no redirect is followed. @throws Error */
export type PostForm = (url: string, form: string, signal: AbortSignal) => Promise<void>

/** What is asked of servers in the world for a person at the page. */
export interface Outside {
  readonly picture: FetchPicture
  readonly post: PostForm
}
