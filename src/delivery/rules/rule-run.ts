// Runs rules on mail that is there already, a page at a time. Files, flags and moves to the trash;
// sends nothing, and refuses nothing, since whoever wrote it was answered long ago.
import type { EmailObject } from '../../mailbox/email-objects.ts'
import type { Emails } from '../../mailbox/emails.ts'
import type { Mailboxes } from '../../mailbox/mailboxes.ts'
import type { Messages } from '../../mailbox/messages.ts'
import type { Script } from '../../sieve/compile.ts'
import { LetterView } from '../../sieve/letter-view.ts'
import { run } from '../../sieve/run.ts'
import type { Action } from '../../sieve/world.ts'
import type { Mailroom } from '../mailroom.ts'

export interface RunRulesPorts {
  readonly mailboxes: Mailboxes
  readonly messages: Messages
  readonly emails: Pick<Emails, 'get' | 'change'>
  readonly mailroom: Mailroom
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface Page {
  readonly account: string
  /** Its id. */
  readonly mailbox: string
  /** Of the last message that was looked at; 0 to begin. */
  readonly after: number
}

export interface RanRules {
  readonly looked: number
  readonly changed: number
  /** To go on from; undefined where nothing is left. */
  readonly next: number | undefined
}

const pageMax = 100
const headMaxBytes = 256 * 1024

export class RuleRun {
  readonly #ports: RunRulesPorts

  constructor(ports: RunRulesPorts) {
    this.#ports = ports
  }

  async page(script: Script, { account, mailbox, after }: Page): Promise<RanRules> {
    const uids = [[after + 1, 2 ** 32 - 1] as const]
    const found: { uid: number; id: string }[] = []
    for await (const rows of this.#ports.messages.read({ account, mailbox }, uids)) {
      found.push(...rows.map(({ uid, id }) => ({ uid, id })))
      break
    }
    const page = found.slice(0, pageMax)
    const emails = await this.#ports.emails.get(
      account,
      page.map(({ id }) => id),
    )
    const names = await this.#ports.messages.flagNames(account)
    let changed = 0
    for (const email of emails) {
      const has = new Set(email.places.flatMap(({ flags, more }) => names.of(flags, more)))
      if (await this.#apply(script, email, { account, mailbox, has })) changed++
    }
    const next = found.length > page.length ? page.at(-1)?.uid : undefined
    return { looked: page.length, changed, next }
  }

  /** Whether anything became of it. */
  async #apply(
    script: Script,
    email: EmailObject,
    { account, mailbox, has }: Omit<Page, 'after'> & { readonly has: ReadonlySet<string> },
  ): Promise<boolean> {
    const bytes = this.#ports.messages.bytes(email.blob, email.prefix)
    const head = await bytes.range(0, Math.min(bytes.size, headMaxBytes))
    const { actions, failure } = run(script, {
      letter: new LetterView(head, bytes.size),
      ...{ envelope: { from: '', to: '' }, now: this.#ports.now(), zone: 0 },
      ...{ mailboxes: new Set<string>(), environment: new Map<string, string>() },
    })
    if (failure !== '') return false
    const wanted = new Set(actions.flatMap((one) => ('flags' in one ? one.flags : [])))
    const flags = [...wanted].filter((name) => !has.has(name))
    const targets = await this.#targets(account, actions)
    const stays = targets.length === 0 || actions.some(({ is }) => is === 'keep')
    const add = targets.filter((id) => id !== mailbox)
    const remove = stays || targets.includes(mailbox) ? [] : [mailbox]
    if (flags.length === 0 && add.length === 0) return false
    await this.#ports.emails.change({
      ...{ account, email: email.id },
      ...(flags.length > 0 ? { flags: { mode: 'patch', add: flags, remove: [] } } : {}),
      ...(add.length > 0 ? { mailboxes: { mode: 'patch', add, remove } } : {}),
    })
    return true
  }

  /** Mailboxes by id; what would be dropped goes to the trash. */
  async #targets(account: string, actions: readonly Action[]): Promise<readonly string[]> {
    const found = new Set<string>()
    for (const action of actions) {
      const target = action.is === 'fileinto' ? action : action.is === 'discard' ? trash : undefined
      const mailbox = target && (await this.#ports.mailroom.find(account, target))
      if (mailbox) found.add(mailbox.id)
    }
    return [...found]
  }
}

const trash = { mailbox: 'Trash', specialUse: '\\Trash', mailboxId: '', create: true }
