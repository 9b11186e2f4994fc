// Mailboxes as their owner sees them: their names and counts, the account's use and quota, and
// word of every change. What is in them is for messages.ts.
import { Cache } from '../base/cache.ts'
import { Refused } from '../base/refused.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Engine } from '../store/engine.ts'
import type { Notifier } from '../store/notifier.ts'
import { type Quota, setQuota } from './account-work.ts'
import { Annotations } from './annotations.ts'
import type { Change } from './change.ts'
import { ChangeFeed } from './change-feed.ts'
import {
  createMailbox,
  deleteMailbox,
  renameMailbox,
  setRole,
  setSortOrder,
  setSubscribed,
} from './mailbox-jobs.ts'
import { ancestorNames, inboxName, mailboxName } from './mailbox-name.ts'
import { type Mailbox, mailboxOf } from './mailbox-row.ts'
import { type Message, messageOf } from './message-row.ts'
import { type OpenMessage, opened } from './open-message.ts'
import {
  findMessage,
  findUsage,
  listMailboxes,
  listMessages,
  listSubscriptions,
} from './read-jobs.ts'
import { Sharing } from './sharing.ts'
import type { UidRange } from './uid-set.ts'
import { UntilChanged } from './until-changed.ts'
import { UrlKeys } from './url-keys.ts'
import { findMailbox, selectMailbox, sumDeleted } from './view-jobs.ts'

export interface Usage extends Quota {
  readonly messages: number
  readonly bytes: number
}

/** What the classes of this room are made of. */
export interface MailPorts {
  readonly engine: Engine
  readonly blobs: Blobs
  /** Word of other processes; none where this is the only one. */
  readonly notifier?: Notifier
  readonly nextId: () => string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface SelectedMailbox {
  readonly box: Mailbox
  /** In ascending order. */
  readonly uids: readonly UidRange[]
  /** UID of the first message without \Seen; 0 for none. */
  readonly firstUnseen: number
}

const pageMax = 1_000
const channel = 'quotas'
/** So many answers are kept, and none that is larger. */
const keptMax = 5_000
const listsMax = 1_000
const listedMax = 100
const rangesMax = 100
const rolesKnown = [
  ...['archive', 'drafts', 'flagged', 'important', 'junk', 'sent', 'snoozed', 'trash'],
]

export class Mailboxes {
  /** What was committed, in order for each account. Who changes mail publishes here. */
  readonly changes: ChangeFeed
  /** What of it others may use. */
  readonly sharing: Sharing
  readonly annotations: Annotations
  readonly urlKeys: UrlKeys
  readonly #ports: MailPorts
  /** Accounts known to have no quota: most, and asked for with every recipient. */
  readonly #unlimited = new Cache<true>(10_000)
  readonly #lists: UntilChanged<readonly Mailbox[]>
  readonly #named: UntilChanged<Mailbox | undefined>
  readonly #selected: UntilChanged<SelectedMailbox | undefined>

  constructor(ports: MailPorts) {
    this.#ports = ports
    this.urlKeys = new UrlKeys(ports.engine)
    const publish = (changes: readonly Change[]) => this.#publish(changes)
    const { engine, now } = ports
    this.sharing = new Sharing({ engine, now, publish })
    this.annotations = new Annotations({ engine, now, publish })
    this.changes = new ChangeFeed(ports.notifier)
    this.#lists = new UntilChanged(this.changes, listsMax)
    this.#named = new UntilChanged(this.changes, keptMax)
    this.#selected = new UntilChanged(this.changes, keptMax)
    ports.notifier?.listen(channel, () => this.#unlimited.clear())
  }

  /** In the order of their names. */
  list(account: string): Promise<readonly Mailbox[]> {
    const ask = async () => (await this.#ports.engine.run(listMailboxes, account)).map(mailboxOf)
    const worth = ({ length }: readonly Mailbox[]) => length > 0 && length <= listedMax
    return this.#lists.of({ account, about: '' }, ask, worth)
  }

  /** The mailbox of a name, in any of its forms. @throws Refused 'bad-value' for what is none */
  async named(account: string, given: string): Promise<Mailbox | undefined> {
    const name = mailboxName(given)
    return this.#named.of({ account, about: name }, async () => {
      const row = await this.#ports.engine.run(findMailbox, { account, name })
      return row && mailboxOf(row)
    })
  }

  /** The same with the UIDs that are in it. */
  async select(account: string, given: string): Promise<SelectedMailbox | undefined> {
    const name = mailboxName(given)
    const ask = async () => {
      const found = await this.#ports.engine.run(selectMailbox, { account, name })
      return found && { ...found, box: mailboxOf(found.box) }
    }
    const worth = (found: SelectedMailbox | undefined) => (found?.uids.length ?? 0) <= rangesMax
    return this.#selected.of({ account, about: name }, ask, worth)
  }

  /** How much EXPUNGE would take out of a mailbox. */
  deletedBytes(account: string, mailbox: string): Promise<number> {
    return this.#ports.engine.run(sumDeleted, { account, mailbox })
  }

  /** Names subscribed to, whether there is such a mailbox or not. */
  subscriptions(account: string): Promise<readonly string[]> {
    return this.#ports.engine.run(listSubscriptions, account)
  }

  /**
   * Makes a mailbox and its missing ancestors, subscribed unless told otherwise; its id.
   * @throws Refused 'bad-value', 'exists', 'too-many', 'not-found' for the account
   */
  async create(
    account: string,
    given: string,
    { role = '', subscribed = true }: { role?: string; subscribed?: boolean } = {},
  ): Promise<string> {
    const name = mailboxName(given)
    if (role !== '' && !rolesKnown.includes(role)) throw new Refused('bad-value', role)
    const { engine, now } = this.#ports
    const order = { account, name, ids: this.#idsFor(name), role, subscribed, at: now() }
    const { id, changes } = await engine.run(createMailbox, order)
    this.#publish(changes)
    return id
  }

  /** @throws Refused 'not-found', 'not-empty', 'bad-value' for INBOX */
  async delete(account: string, id: string): Promise<void> {
    const { engine, now } = this.#ports
    this.#publish(await engine.run(deleteMailbox, { account, id, at: now() }))
  }

  /**
   * Those below it move with it. INBOX stays where it is, and gives away its messages.
   * @throws Refused 'not-found', 'exists', 'bad-value', 'too-many'
   */
  async rename(account: string, id: string, given: string): Promise<void> {
    const name = mailboxName(given)
    if (name === inboxName) throw new Refused('exists', name)
    const { engine, now } = this.#ports
    const order = { account, id, name, ids: this.#idsFor(name), at: now() }
    this.#publish(await engine.run(renameMailbox, order))
  }

  /** @throws Refused 'bad-value' */
  async setSubscribed(account: string, given: string, subscribed: boolean): Promise<void> {
    const { engine, now } = this.#ports
    const order = { account, name: mailboxName(given), subscribed, at: now() }
    this.#publish(await engine.run(setSubscribed, order))
  }

  /** What a mailbox is for, "" for nothing. @throws Refused 'not-found', 'exists', 'bad-value' */
  async setRole(account: string, id: string, role: string): Promise<void> {
    if (role !== '' && !rolesKnown.includes(role)) throw new Refused('bad-value', role)
    const { engine, now } = this.#ports
    this.#publish(await engine.run(setRole, { account, id, role, at: now() }))
  }

  /** Its place among its siblings. @throws Refused 'not-found' */
  async setSortOrder(account: string, id: string, sortOrder: number): Promise<void> {
    const { engine, now } = this.#ports
    this.#publish(await engine.run(setSortOrder, { account, id, sortOrder, at: now() }))
  }

  /** Newest first, at most `limit` (and 1,000), only UIDs below `before` where it is given. */
  async messages(
    account: string,
    mailbox: string,
    page: { readonly before?: number; readonly limit: number },
  ): Promise<readonly Message[]> {
    const before = page.before ?? Number.MAX_SAFE_INTEGER
    const limit = Math.min(Math.max(page.limit, 1), pageMax)
    const rows = await this.#ports.engine.run(listMessages, { account, mailbox, before, limit })
    return rows.map(messageOf)
  }

  /** undefined when it is not there. */
  async open(account: string, mailbox: string, uid: number): Promise<OpenMessage | undefined> {
    const row = await this.#ports.engine.run(findMessage, { account, mailbox, uid })
    return row && opened(row, this.#ports.blobs)
  }

  /** @throws Refused 'not-found' */
  async usage(account: string): Promise<Usage> {
    const row = await this.#ports.engine.run(findUsage, account)
    if (!row) throw new Refused('not-found', `account ${account}`)
    return {
      messages: row.messages,
      bytes: row.bytes,
      quotaMessages: row.quota_messages,
      quotaBytes: row.quota_bytes,
    }
  }

  /** Whether not even an empty message would fit. */
  async isFull(account: string): Promise<boolean> {
    if (this.#unlimited.get(account)) return false
    const { epoch } = this.#unlimited
    const { messages, bytes, quotaMessages, quotaBytes } = await this.usage(account)
    if (quotaMessages === 0 && quotaBytes === 0) this.#unlimited.set(account, true, epoch)
    return (
      (quotaMessages > 0 && messages >= quotaMessages) || (quotaBytes > 0 && bytes >= quotaBytes)
    )
  }

  /** @throws Refused 'not-found' */
  async setQuota(account: string, quota: Quota): Promise<void> {
    const there = await this.#ports.engine.run(setQuota, { account, ...quota })
    this.#unlimited.clear()
    this.#ports.notifier?.publish(channel, '')
    if (!there) throw new Refused('not-found', `account ${account}`)
  }

  #idsFor(name: string): string[] {
    return [...ancestorNames(name), name].map(() => this.#ports.nextId())
  }

  #publish(changes: readonly Change[]): void {
    for (const change of changes) this.changes.publish(change)
  }
}
