// Runs a compiled script against one message: RFC 5228 §2.10 and §4. Decides, and does nothing:
// what is to be done is handed back, and a run that fails keeps the message.
import type { Part } from '../message/structure.ts'
import { type By, type Command, type Commanding, commandTable } from './commands.ts'
import { loopsMax, type Script, type Step } from './compile.ts'
import { flagList } from './flags.ts'
import { allParts, childrenOf } from './letter-view.ts'
import { type Limits, usualLimits } from './run-limits.ts'
import { holds, type Test, texts } from './tests.ts'
import { Variables } from './variables.ts'
import { type Action, type Mark, type Ran, RunFailed, Unanswered, type World } from './world.ts'

/** RFC 6609 §3.2 asks for three at least. */
const includedDepthMax = 10
const includesMax = 100

/**
 * One script, or several as if they were one, each with variables of its own. Never throws but for
 * a bug.
 */
export function run(
  script: Script | readonly Script[],
  world: World,
  limits: Limits = usualLimits,
): Ran {
  const runner = new Runner(world, limits)
  try {
    for (const one of [script].flat()) runner.main(one)
    return { actions: runner.end(), failure: '', marks: runner.marks, asks: undefined }
  } catch (error) {
    const keep: Action = { is: 'keep', flags: [], rule: '', line: 0 }
    const none = { actions: [keep], marks: [] }
    if (error instanceof Unanswered) return { ...none, failure: '', asks: error.mark }
    if (!(error instanceof RunFailed)) throw error
    return { ...none, failure: error.message, asks: undefined }
  }
}

/** What a user of this room adds to the language. */
export interface More {
  readonly commands: Readonly<Record<string, Command>>
  readonly tests: Readonly<Record<string, Test>>
}

const nothingMore: More = { commands: {}, tests: {} }

export class Runner implements Commanding {
  readonly world: World
  readonly marks: Mark[] = []
  variables = new Variables()
  flags = ''
  part: Part | undefined
  readonly limits: Limits
  readonly moreTests: More['tests']
  readonly #more: More['commands']
  #actions: Action[] = []
  /** The names of the scripts that are being run, and of all that were. */
  readonly #running: string[] = []
  readonly #included = new Set<string>()
  #includes = 0
  #implicitKeep = true
  /** What leaves blocks behind: the whole run, a script, or the loops up to a name. */
  #leaving: 'run' | 'script' | 'loop' | undefined
  #loop = ''
  #loops = 0
  #rule = ''
  #work = 0

  constructor(world: World, limits: Limits, more = nothingMore) {
    this.world = world
    this.limits = limits
    this.moreTests = more.tests
    this.#more = more.commands
  }

  get actions(): readonly Action[] {
    return this.#actions
  }

  spend(work: number): void {
    this.#work += work
    if (this.#work > this.limits.workMax) throw new RunFailed('it takes too long for this message')
  }

  remember(mark: Mark): void {
    if (!this.marks.some((each) => each.mark === mark.mark)) this.marks.push(mark)
  }

  main(script: Script): void {
    this.variables = new Variables()
    this.script(script, '')
  }

  script({ steps }: Script, name: string): void {
    this.#running.push(name)
    this.block(steps)
    this.#running.pop()
    if (this.#leaving === 'script') this.#leaving = undefined
  }

  block(steps: readonly Step[]): void {
    let open = true
    for (const step of steps) {
      if (this.#leaving) return
      this.spend(1)
      if (step.name !== 'elsif' && step.name !== 'else') open = true
      if (step.name === 'if' || step.name === 'elsif' || step.name === 'else') {
        open = open && !this.#branch(step)
      } else this.#do(step)
    }
  }

  leave(what: 'run' | 'script' | 'loop', loop = ''): void {
    this.#leaving = what
    this.#loop = loop
  }

  /** Forgets what was to be done. */
  reset(): void {
    this.#actions = []
    this.#implicitKeep = true
    this.flags = ''
  }

  /** The actions with the implicit keep where nothing cancelled it. */
  end(): readonly Action[] {
    if (!this.#implicitKeep) return this.#actions
    const flags = flagList([this.flags])
    const header = this.world.letter.editedHeader
    return [...this.#actions, { is: 'keep', flags, header, rule: '', line: 0 }]
  }

  /** RFC 6609 §3.2 */
  include(step: Step, where: 'personal' | 'global', name: string): void {
    const id = `${where} ${name}`
    const failed = (why: string) => new RunFailed(`line ${step.line}: ${why}`)
    if (step.tags.has('once') && this.#included.has(id)) return
    if (this.#running.includes(id)) throw failed(`the script '${name}' includes itself`)
    if (this.#running.length > includedDepthMax || ++this.#includes > includesMax)
      throw failed('scripts are included too deep or too often')
    const script = this.world.include?.(where, name)
    if (!script && step.tags.has('optional')) return
    if (!script) throw failed(`there is no script '${name}', or it is not understood`)
    this.#included.add(id)
    const outer = this.variables
    this.variables = outer.beside()
    this.script(script, id)
    this.variables = outer
  }

  /** RFC 5703 §3: the message and all its parts, or those of the part at hand. */
  everyPart(step: Step): void {
    if (++this.#loops > loopsMax)
      throw new RunFailed(`line ${step.line}: more than ${loopsMax} loops in each other`)
    const outer = this.part
    const { root } = this.world.letter
    const parts = outer ? childrenOf(outer).flatMap(allParts) : allParts(root)
    for (const part of parts) {
      this.spend(10)
      this.part = part
      this.block(step.block)
      if (this.#leaving) break
    }
    this.part = outer
    this.#loops--
    const own = step.tags.get('name')
    const name = typeof own === 'object' ? (own[0] ?? '') : ''
    if (this.#leaving === 'loop' && (this.#loop === '' || this.#loop === name))
      this.#leaving = undefined
  }

  add(action: Action, copy = false): void {
    const { line } = action
    if (!copy && cancelsKeep.has(action.is)) this.#implicitKeep = false
    const before = this.#actions.findIndex((each) => sameEnd(each, action))
    if (before >= 0) {
      // RFC 5232 §5: of two lists of flags the last counts.
      const [earlier] = this.#actions.slice(before)
      if (earlier && 'flags' in earlier && 'flags' in action)
        this.#actions[before] = { ...earlier, flags: action.flags }
      return
    }
    // RFC 5429 §2.2: what is refused is not delivered as well, nor answered.
    const all = [...this.#actions, action]
    const rejects = all.filter(({ is }) => is === 'reject').length
    const others = all.filter(({ is }) => is !== 'reject' && is !== 'discard' && is !== 'notify')
    if (rejects > 0 && (rejects > 1 || others.length > 0))
      throw new RunFailed(`line ${line}: reject goes with no other action`)
    if (all.filter(({ is }) => is === 'vacation').length > 1)
      throw new RunFailed(`line ${line}: vacation twice`)
    if (all.length > this.limits.actionsMax)
      throw new RunFailed(`line ${line}: more than ${this.limits.actionsMax} actions`)
    this.#actions.push(action)
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
    const by: By = { rule: step.rule || this.#rule, line: step.line }
    const command = commandTable[step.name] ?? this.#more[step.name]
    if (!command) throw new RunFailed(`line ${step.line}: ${step.name} is missing`)
    command(this, step, by, texts(this, step, 0)[0] ?? '')
  }
}

const cancelsKeep: ReadonlySet<string> = new Set([
  ...['keep', 'fileinto', 'redirect', 'reject', 'discard'],
])

/** RFC 5228 §2.10.3: doing it twice would be doing it once. */
function sameEnd(one: Action, other: Action): boolean {
  if (one.is !== other.is) return false
  if (one.is === 'fileinto' && other.is === 'fileinto')
    return one.mailbox === other.mailbox && one.mailboxId === other.mailboxId
  if (one.is === 'redirect' && other.is === 'redirect') return one.address === other.address
  return one.is === 'keep' || one.is === 'discard'
}
