// What filters the mail of accounts: their scripts, kept by name, proved before they are kept, and
// what they set without one. Compiled at most once for many messages. Knows no message.
import { createHash } from 'node:crypto'
import type { RecordBook } from '../accounts/records.ts'
import { Cache } from '../base/cache.ts'
import { missed } from '../base/feed.ts'
import { Refused } from '../base/refused.ts'
import { compile, type Script, scriptMaxBytes } from '../sieve/compile.ts'
import { type Problem, SieveError } from '../sieve/problem.ts'
import type { Engine } from '../store/engine.ts'
import type { Notifier } from '../store/notifier.ts'
import { type Filter, filterOf, isEmpty } from './filter.ts'
import { settingKinds } from './rules/settings.ts'
import {
  type Allowance,
  activateScript,
  findFilter,
  findScript,
  findScriptRoom,
  findScripts,
  listScripts,
  putScript,
  removeScript,
  renameScript,
} from './script-jobs.ts'
import { scriptLimits } from './script-limits.ts'

export interface KeptScript {
  /** Stays with it when it is renamed. */
  readonly id: string
  readonly name: string
  readonly active: boolean
  readonly bytes: number
  /** Milliseconds since 1970 when it was last put. */
  readonly at: number
}

interface Ports {
  readonly engine: Engine
  readonly notifier?: Notifier
  /** Where rules, absences and forwards are kept. */
  readonly records?: Pick<RecordBook, 'changes'>
  readonly nextId: () => string
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const channel = 'sieve'
const allowance: Allowance = { countMax: scriptLimits.countMax, bytesMax: 1024 * 1024 }
const { nameMaxChars } = scriptLimits
/** Larger ones are compiled each time: what is remembered stays small. */
const rememberedMaxBytes = 32 * 1024

export class Scripts {
  readonly extensions = scriptLimits.extensions
  readonly redirectsMax = scriptLimits.redirectsMax
  readonly sizeMaxBytes = scriptLimits.sizeMaxBytes
  readonly #ports: Ports
  /** Accounts known to have no filter: most, and asked for with every message. */
  readonly #without = new Cache<true>(50_000)
  readonly #compiled = new Cache<Filter>(200)

  constructor(ports: Ports) {
    this.#ports = ports
    ports.notifier?.listen(channel, (account) => this.#forget(account))
    void this.#follow()
  }

  /** Whether mail of this account is known to be filtered by nothing. */
  hasNone(account: string): boolean {
    return this.#without.get(account) === true
  }

  async filter(account: string): Promise<Filter | undefined> {
    const known = this.#compiled.get(account)
    if (known) return known
    const epochs = [this.#without.epoch, this.#compiled.epoch] as const
    const { engine } = this.#ports
    const found = await engine.run(findFilter, { account, kinds: settingKinds })
    const { script } = found.active ? problemsOf(found.active.content) : {}
    const others = script?.requires.has('include') ? await engine.run(findScripts, account) : []
    const filter = filterOf({
      own: found.active && { name: found.active.name, script },
      others: others.map(({ name, content }) => [name, problemsOf(content).script] as const),
      records: found.records,
    })
    if (isEmpty(filter)) {
      this.#without.set(account, true, epochs[0])
      return undefined
    }
    const all = [found.active, ...others].reduce((sum, one) => sum + (one?.content.length ?? 0), 0)
    if (all <= rememberedMaxBytes) this.#compiled.set(account, filter, epochs[1])
    return filter
  }

  async list(account: string): Promise<readonly KeptScript[]> {
    const rows = await this.#ports.engine.run(listScripts, account)
    return rows.map(({ active, id, ...row }) => ({
      ...row,
      id: id === '' ? oldId(row.name) : id,
      active: active === 1,
    }))
  }

  /** Its text; undefined where it is not there. */
  async get(account: string, name: string): Promise<string | undefined> {
    return (await this.#ports.engine.run(findScript, { account, name: nameOf(name) }))?.content
  }

  /** The text of whose digest that is; undefined where none is. */
  async withDigest(account: string, digest: string): Promise<string | undefined> {
    const all = await this.#ports.engine.run(findScripts, account)
    return all.find(({ content }) => digestOf(content) === digest)?.content
  }

  /** The digests of all texts, by the names of their scripts. */
  async digests(account: string): Promise<ReadonlyMap<string, string>> {
    const all = await this.#ports.engine.run(findScripts, account)
    return new Map(all.map(({ name, content }) => [name, digestOf(content)]))
  }

  /** What is wrong with a text; nothing is kept. */
  check(content: string): readonly Problem[] {
    return problemsOf(content).problems
  }

  /** @throws Refused 'bad-value' for its name, 'too-big', 'too-many', 'over-quota' */
  async needRoom(account: string, given: string, bytes: number): Promise<void> {
    if (bytes > scriptMaxBytes) throw new Refused('too-big', `${bytes} bytes`)
    const asked = { account, name: nameOf(given), bytes, ...allowance }
    needed(await this.#ports.engine.run(findScriptRoom, asked))
  }

  /**
   * Keeps a script; what is wrong with it, and nothing is kept, or none.
   * @throws Refused as `needRoom`, 'not-found' for the account
   */
  async put(account: string, given: string, content: string): Promise<readonly Problem[]> {
    const bytes = Buffer.byteLength(content)
    if (bytes > scriptMaxBytes) throw new Refused('too-big', `${bytes} bytes`)
    const name = nameOf(given)
    const { problems } = problemsOf(content)
    if (problems.length > 0) return problems
    const { engine, now, nextId } = this.#ports
    const put = { account, name, content, bytes, at: now(), id: nextId(), ...allowance }
    needed(await this.#change(account, engine.run(putScript, put)))
    return []
  }

  /** None for the name "". @throws Refused 'not-found' */
  async activate(account: string, given: string): Promise<void> {
    const name = given === '' ? '' : nameOf(given)
    const there = await this.#change(
      account,
      this.#ports.engine.run(activateScript, { account, name }),
    )
    if (!there) throw new Refused('not-found', `script ${name}`)
  }

  /** @throws Refused 'not-found', 'bad-value' for the active one */
  async remove(account: string, name: string): Promise<void> {
    const became = await this.removed(account, name)
    if (became === 'missing') throw new Refused('not-found', `script ${name}`)
    if (became === 'active')
      throw new Refused('bad-value', `${name} is active: activate another first, or none`)
  }

  /** Removes it, unless it is the active one; what became of it. */
  removed(account: string, given: string): Promise<'removed' | 'active' | 'missing'> {
    return this.#ports.engine.run(removeScript, { account, name: nameOf(given) })
  }

  /** The active one stays it. @throws Refused 'not-found', 'exists', 'bad-value' */
  async rename(account: string, given: string, wanted: string): Promise<void> {
    const [name, to] = [nameOf(given), nameOf(wanted)]
    const order = { account, name, to, id: oldId(name) }
    const became = await this.#change(account, this.#ports.engine.run(renameScript, order))
    if (became === 'missing') throw new Refused('not-found', `script ${name}`)
    if (became === 'exists') throw new Refused('exists', `script ${to}`)
  }

  async #change<R>(account: string, change: Promise<R>): Promise<R> {
    try {
      return await change
    } finally {
      this.#forget(account)
      this.#ports.notifier?.publish(channel, account)
    }
  }

  /** Rules and the like change by themselves. */
  async #follow(): Promise<void> {
    const changes = this.#ports.records?.changes.listen() ?? []
    for await (const word of changes)
      if (word === missed) this.#forget(undefined)
      else if (settingKinds.includes(word.kind)) this.#forget(word.account)
  }

  #forget(account: string | undefined): void {
    for (const cache of [this.#without, this.#compiled])
      if (account === undefined) cache.clear()
      else cache.forget(account)
  }
}

/** Of a script that was kept before scripts had ids. */
function oldId(name: string): string {
  return `n${digestOf(name)}`
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 40)
}

/** RFC 5804 §1.6: any text without control characters. @throws Refused 'bad-value' */
function nameOf(given: string): string {
  const name = given.isWellFormed() ? given.normalize('NFC') : ''
  const wrong = /[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]/.test(name) || name.trim() === ''
  if (wrong || [...name].length > nameMaxChars)
    throw new Refused('bad-value', `a name has 1 to ${nameMaxChars} characters, no controls`)
  return name
}

function needed(room: 'room' | 'count' | 'bytes'): void {
  if (room === 'count')
    throw new Refused('too-many', `an account has at most ${allowance.countMax} scripts`)
  if (room === 'bytes')
    throw new Refused('over-quota', `scripts have at most ${allowance.bytesMax} bytes together`)
}

function problemsOf(content: string): { script?: Script; problems: readonly Problem[] } {
  try {
    return { script: compile(content), problems: [] }
  } catch (error) {
    if (!(error instanceof SieveError)) throw error
    return { problems: error.problems }
  }
}
