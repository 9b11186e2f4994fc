// Runs a compiled script against one message: RFC 5228 §2.10 and §4. Decides, and does nothing:
// what is to be done is handed back, and a run that fails keeps the message.
import { foldAscii, formatAddress, parseAddress } from '../message/address.ts'
import type { Script, Step } from './compile.ts'
import { canonical, holds, type Run, texts } from './tests.ts'
import { modified, Variables } from './variables.ts'
import { type Action, type Ran, RunFailed, type World } from './world.ts'

export interface Limits {
  readonly actionsMax: number
  readonly redirectsMax: number
  /** Characters looked at, roughly. */
  readonly workMax: number
}

export const usualLimits: Limits = { actionsMax: 32, redirectsMax: 4, workMax: 50_000_000 }

/** Never throws but for a bug. */
export function run(script: Script, world: World, limits: Limits = usualLimits): Ran {
  const runner = new Runner(script, world, limits)
  try {
    runner.block(script.steps)
    return { actions: runner.end(), failure: '' }
  } catch (error) {
    if (!(error instanceof RunFailed)) throw error
    const keep: Action = { is: 'keep', flags: [], rule: '', line: 0 }
    return { actions: [keep], failure: error.message }
  }
}

class Runner implements Run {
  readonly world: World
  readonly variables = new Variables()
  flags = ''
  readonly #script: Script
  readonly #limits: Limits
  readonly #actions: Action[] = []
  #implicitKeep = true
  #stopped = false
  #rule = ''
  #work = 0

  constructor(script: Script, world: World, limits: Limits) {
    this.#script = script
    this.world = world
    this.#limits = limits
  }

  spend(work: number): void {
    this.#work += work
    if (this.#work > this.#limits.workMax) throw new RunFailed('it takes too long for this message')
  }

  block(steps: readonly Step[]): void {
    let open = true
    for (const step of steps) {
      if (this.#stopped) return
      this.spend(1)
      if (step.name !== 'elsif' && step.name !== 'else') open = true
      if (step.name === 'if' || step.name === 'elsif' || step.name === 'else') {
        open = open && !this.#branch(step)
      } else this.#do(step)
    }
  }

  /** The actions with the implicit keep where nothing cancelled it. */
  end(): readonly Action[] {
    if (!this.#implicitKeep) return this.#actions
    return [...this.#actions, { is: 'keep', flags: this.#flagsNow(), rule: '', line: 0 }]
  }

  /** Whether this branch was taken. */
  #branch(step: Step): boolean {
    const [test] = step.tests
    if (test && !holds(this, test)) return false
    const before = this.#rule
    if (step.rule !== '') this.#rule = step.rule
    this.block(step.block)
    this.#rule = before
    return true
  }

  #do(step: Step): void {
    const by = { rule: step.rule || this.#rule, line: step.line }
    const [text = ''] = texts(this, step, 0)
    switch (step.name) {
      case 'stop':
        this.#stopped = true
        return
      case 'keep':
        this.#add({ is: 'keep', flags: this.#flagsOf(step), ...by })
        return
      case 'discard':
        this.#add({ is: 'discard', ...by })
        return
      case 'fileinto':
        this.#fileInto(step, by)
        return
      case 'redirect':
        this.#redirect(step, text, by)
        return
      case 'reject':
      case 'ereject':
        this.#add({ is: 'reject', reason: text, ...by })
        return
      case 'error':
        throw new RunFailed(`line ${step.line}: ${text}`)
      case 'set':
        this.#set(step)
        return
      default:
        this.#changeFlags(step)
        return
    }
  }

  #fileInto(step: Step, by: { rule: string; line: number }): void {
    const [mailbox = ''] = texts(this, step, 0)
    if (mailbox === '') throw new RunFailed(`line ${step.line}: fileinto without a mailbox`)
    const use = step.tags.get('specialuse')
    this.#add({
      is: 'fileinto',
      mailbox: canonical(mailbox),
      flags: this.#flagsOf(step),
      create: step.tags.has('create'),
      specialUse: typeof use === 'object' ? this.variables.expand(use[0] ?? '') : '',
      ...by,
    })
    if (step.tags.has('copy')) this.#implicitKeep = this.#keptBefore
  }

  #redirect(step: Step, text: string, by: { rule: string; line: number }): void {
    const parsed = parseAddress(text.replace(/^<(.*)>$/, '$1'), { smtpUtf8: true })
    if (!parsed) throw new RunFailed(`line ${step.line}: '${text.slice(0, 100)}' is no address`)
    const redirects = this.#actions.filter(({ is }) => is === 'redirect').length
    if (redirects >= this.#limits.redirectsMax)
      throw new RunFailed(`line ${step.line}: more than ${this.#limits.redirectsMax} redirects`)
    this.#add({ is: 'redirect', address: formatAddress(parsed), ...by })
    if (step.tags.has('copy')) this.#implicitKeep = this.#keptBefore
  }

  #keptBefore = true

  #add(action: Action): void {
    this.#keptBefore = this.#implicitKeep
    this.#implicitKeep = false
    const twice = this.#actions.some((each) => sameEnd(each, action))
    if (twice) return
    // RFC 5429 §2.2: what is refused is not delivered as well.
    const rejects = [...this.#actions, action].filter(({ is }) => is === 'reject').length
    const others = [...this.#actions, action].filter(
      ({ is }) => is !== 'reject' && is !== 'discard',
    )
    if (rejects > 0 && (rejects > 1 || others.length > 0))
      throw new RunFailed(`line ${action.line}: reject goes with no other action`)
    if (this.#actions.length >= this.#limits.actionsMax)
      throw new RunFailed(`line ${action.line}: more than ${this.#limits.actionsMax} actions`)
    this.#actions.push(action)
  }

  #set(step: Step): void {
    const [name = ''] = texts(this, step, 0)
    const [value = ''] = texts(this, step, 1)
    const wrong = this.variables.set(
      name,
      modified(value, (each) => step.tags.has(each)),
    )
    if (wrong !== undefined) throw new RunFailed(`line ${step.line}: ${wrong}`)
  }

  #flagsOf({ tags }: Step): readonly string[] {
    const given = tags.get('flags')
    if (typeof given !== 'object') return this.#flagsNow()
    return flagList(given.map((text) => this.variables.expand(text)))
  }

  #flagsNow(): readonly string[] {
    return this.#script.requires.has('imap4flags') ? flagList([this.flags]) : []
  }

  /** RFC 5232 §3: setflag, addflag, removeflag, on a variable or on the flags of the run. */
  #changeFlags(step: Step): void {
    const [name] = step.values.length === 2 ? texts(this, step, 0) : []
    const before = flagList([name === undefined ? this.flags : this.variables.get(name)])
    const given = flagList(texts(this, step, -1))
    const folded = given.map(foldAscii)
    const after =
      step.name === 'setflag'
        ? given
        : step.name === 'addflag'
          ? flagList([...before, ...given])
          : before.filter((flag) => !folded.includes(foldAscii(flag)))
    if (name === undefined) this.flags = after.join(' ')
    else this.variables.set(name, after.join(' '))
  }
}

const flagsMax = 32

/** Each once, in any case; what can be no flag is left out: RFC 5232 §2. */
function flagList(texts: readonly string[]): readonly string[] {
  const flags = new Map<string, string>()
  for (const flag of texts.flatMap((text) => text.split(/\s+/))) {
    const known = /^\\(?:Seen|Answered|Flagged|Deleted|Draft)$/i.test(flag)
    const keyword = /^[^\x00-\x20\x7f-\uffff(){\]%*"\\]{1,200}$/.test(flag)
    if ((known || keyword) && !flags.has(foldAscii(flag))) flags.set(foldAscii(flag), flag)
  }
  return [...flags.values()].slice(0, flagsMax)
}

/** RFC 5228 §2.10.3: doing it twice would be doing it once. */
function sameEnd(one: Action, other: Action): boolean {
  if (one.is !== other.is) return false
  if (one.is === 'fileinto' && other.is === 'fileinto') return one.mailbox === other.mailbox
  if (one.is === 'redirect' && other.is === 'redirect') return one.address === other.address
  return one.is === 'keep' || one.is === 'discard'
}
