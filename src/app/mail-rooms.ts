// The rooms of mail itself, and what goes on in them by itself: indexing, and upkeep.
import { join } from 'node:path'
import type { Log } from '../base/log.ts'
import { boardsAccount } from '../delivery/file-jobs.ts'
import { Emails } from '../mailbox/emails.ts'
import { Mailboxes, type MailPorts } from '../mailbox/mailboxes.ts'
import { Maildrops } from '../mailbox/maildrop.ts'
import { Messages } from '../mailbox/messages.ts'
import { FileIndex } from '../mailbox/search/file-index.ts'
import { Indexer } from '../mailbox/search/indexer.ts'
import { PostgresIndex } from '../mailbox/search/postgres-index.ts'
import { Search } from '../mailbox/search/search.ts'
import { Undelete } from '../mailbox/undelete.ts'
import { Upkeep } from '../mailbox/upkeep.ts'
import type { Settings } from './config/schema.ts'

export interface MailRooms {
  readonly mailboxes: Mailboxes
  readonly messages: Messages
  readonly emails: Emails
  readonly maildrops: Maildrops
  readonly undelete: Undelete
  readonly search: Search
  /** Before the store closes. */
  readonly upkeep: Upkeep
  close(): Promise<void>
}

const dayMs = 86_400_000
const upkeepMs = 3_600_000
/** Clients that were away no longer than this are told what changed, and nothing else. */
const changesKeptMs = 60 * dayMs
const changesKeptMax = 100_000

export async function openMailRooms(
  ports: MailPorts,
  settings: Settings,
  folder: string,
  log: Log,
): Promise<MailRooms> {
  const { engine, blobs } = ports
  const mailboxes = new Mailboxes(ports)
  const { changes } = mailboxes
  const messages = new Messages(ports, changes)
  const emails = new Emails(ports, changes)
  const undelete = new Undelete(ports, changes, settings.mailbox.undelete_days * dayMs)
  const index =
    settings.store.url === ''
      ? new FileIndex(join(folder, 'search.db'))
      : await PostgresIndex.open(engine)
  const indexer = new Indexer({ engine, blobs, index, changes, log, without: boardsAccount })
  const upkeep = new Upkeep(ports, undelete, log, {
    everyMs: upkeepMs,
    changesKeptMs,
    changesKeptMax,
  })
  indexer.start()
  upkeep.start()
  const close = async () => {
    await upkeep.stop()
    await indexer.stop()
    await index.close()
  }
  const maildrops = new Maildrops(ports, changes)
  const search = new Search({ engine, blobs, index })
  return { mailboxes, messages, emails, maildrops, undelete, search, upkeep, close }
}
