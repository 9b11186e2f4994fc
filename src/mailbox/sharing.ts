// Mailboxes that others may use: what each may do, RFC 4314. People are addresses here, as whoever
// asks says them; that an address is somebody's is for the room that knows accounts.
import { Feed } from '../base/feed.ts'
import type { Engine } from '../store/engine.ts'
import type { Change } from './change.ts'
import { mailboxName } from './mailbox-name.ts'
import { type Mailbox, mailboxOf } from './mailbox-row.ts'
import { type Entry, rightsOf } from './rights.ts'
import {
  findShared,
  listAllRights,
  listRights,
  listShared,
  type RightsArgs,
  type RightsOrder,
  type SharedRow,
  setRights,
} from './rights-jobs.ts'

/** A mailbox of somebody else. */
export interface SharedMailbox {
  readonly box: Mailbox
  readonly account: string
  /** The address of that account. */
  readonly owner: string
  /** What whoever asked may do there, at least one right. */
  readonly rights: string
}

/** Word that somebody was given rights, or lost some. */
export interface RightsWord extends RightsArgs {
  readonly owner: string
  readonly who: string
  readonly before: string
  readonly now: string
}

interface Ports {
  readonly engine: Engine
  readonly now: () => number
  readonly publish: (changes: readonly Change[]) => void
}

export class Sharing {
  /** What this process changed. */
  readonly given = new Feed<RightsWord>()
  readonly #ports: Ports
  readonly #engine: Engine

  constructor(ports: Ports) {
    this.#ports = ports
    this.#engine = ports.engine
  }

  /** The mailboxes of others in which somebody has a right, in the order of owners and names. */
  async list(who: string): Promise<readonly SharedMailbox[]> {
    return (await this.#engine.run(listShared, who)).map(sharedOf)
  }

  /**
   * An owner's mailbox; undefined where there is none, or nothing that they may do: the same to
   * them. @throws Refused 'bad-value' for what is no name
   */
  async find(owner: string, given: string, who: string): Promise<SharedMailbox | undefined> {
    const name = mailboxName(given)
    const row = await this.#engine.run(findShared, { owner, name, who })
    return row && sharedOf(row)
  }

  /** What somebody else than the owner may do. */
  async rightsOf(place: RightsArgs, who: string): Promise<string> {
    return rightsOf(await this.entries(place), who)
  }

  entries({ account, mailbox }: RightsArgs): Promise<readonly Entry[]> {
    return this.#engine.run(listRights, { account, mailbox })
  }

  /** Of all mailboxes of an account. */
  entriesOf(account: string): Promise<readonly (Entry & { readonly mailbox: string })[]> {
    return this.#engine.run(listAllRights, account)
  }

  /** @throws Refused 'not-found', 'too-many' */
  async change(order: Omit<RightsOrder, 'at'>): Promise<void> {
    const { account, mailbox, owner, who } = order
    const at = this.#ports.now()
    const { before, now, change } = await this.#engine.run(setRights, { ...order, at })
    this.#ports.publish([change])
    this.given.publish({ account, mailbox, owner, who, before, now })
  }
}

function sharedOf(row: SharedRow): SharedMailbox {
  const { account, owner, rights } = row
  return { box: mailboxOf(row), account, owner, rights }
}
