// Plays a file of the suite: each of its tests is a block of commands, all of them one run.
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from '../../../src/sieve/commands.ts'
import { compile, type Step } from '../../../src/sieve/compile.ts'
import { matchAny } from '../../../src/sieve/matching.ts'
import { type More, Runner } from '../../../src/sieve/run.ts'
import { type Run, texts } from '../../../src/sieve/tests.ts'
import { type Action, RunFailed } from '../../../src/sieve/world.ts'
import { suiteForms } from './language.ts'
import { Stage } from './stage.ts'

export interface Played {
  readonly name: string
  /** Why it failed; undefined where it did not. */
  readonly failure: string | undefined
}

class TestFailed extends Error {}

const limits = { actionsMax: 32, redirectsMax: 4, workMax: 50_000_000 }

/** @throws SieveError for a file that is no script of ours */
export function play(file: string): readonly Played[] {
  const script = compile(readFileSync(file, 'utf8'), suiteForms)
  const stage = new Stage(dirname(file))
  const played: Played[] = []
  const runner: Runner = new Runner(
    stage.world,
    limits,
    more(stage, () => runner, played),
  )
  runner.main(script)
  return played
}

/** Where a test of the suite shows the message that it then asks about. */
function shows(stage: Stage, runner: Runner, { tags }: Step, given: Named): boolean {
  const sent = tags.has('smtp') ? stage.sent[given.at] : undefined
  const found = sent ?? (tags.has('smtp') ? [] : (stage.folders.get(given.name) ?? []))[given.at]
  if (!found) return false
  if (sent) stage.show(sent.bytes, { from: sent.from, to: sent.to, auth: '' })
  else stage.show(found.bytes)
  runner.flags = found.flags.join(' ')
  return true
}

interface Named {
  readonly name: string
  readonly at: number
}

function namedIn(run: Run, step: Step): Named {
  const at = step.values.at(-1)
  return { name: texts(run, step, 0)[0] ?? '', at: typeof at === 'number' ? at : 0 }
}

function more(stage: Stage, runner: () => Runner, played: Played[]): More {
  const nothing: Command = () => {}
  const decided = () => (stage.script ? stage.actions : runner().end())
  return {
    commands: {
      test: (_, step, __, name) => {
        stage.script = undefined
        played.push({ name, failure: failureOf(() => runner().block(step.block)) })
        runner().part = undefined
      },
      test_fail: (_, __, ___, text) => {
        throw new TestFailed(text)
      },
      test_set: (run, step, _, name) => stage.set(name, texts(run, step, 1)[0] ?? ''),
      test_message: (run, step) => {
        if (!shows(stage, runner(), step, namedIn(run, step)))
          throw new TestFailed(`no message ${JSON.stringify(namedIn(run, step))}`)
      },
      test_mailbox_create: (_, __, ___, name) => void stage.folders.set(name, []),
      test_mailbox_delete: (_, __, ___, name) => void stage.folders.delete(name),
      test_result_reset: () => {
        runner().reset()
        stage.actions = []
        stage.forget()
      },
      ...{ test_config_set: nothing, test_config_unset: nothing, test_config_reload: nothing },
      ...{ test_binary_load: nothing, test_binary_save: nothing, test_result_print: nothing },
      ...{ test_imap_metadata_set: nothing, debug_log: nothing },
    },
    tests: {
      test_message: (run, step) => shows(stage, runner(), step, namedIn(run, step)),
      test_script_compile: (run, step) => stage.compile(texts(run, step, 0)[0] ?? ''),
      test_script_run: (_, { tags }) => stage.run(tags.has('append_result')),
      test_multiscript: (run, step) => {
        return stage.runTogether(texts(run, step, 0))
      },
      test_result_execute: () => stage.execute(decided()),
      test_result_action: (run, step) => {
        const index = step.tags.get('index')
        // The implicit keep is none of them.
        const names = decided().flatMap((one) => (isImplicit(one) ? [] : suiteName(one)))
        const chosen = typeof index === 'number' ? names.slice(index - 1, index) : names
        return matchAny(step, chosen, texts(run, step, 0)).matched
      },
      test_error: (_, step) => erred(stage.errors, step),
    },
  }
}

function isImplicit({ is, line }: Action): boolean {
  return is === 'keep' && line === 0
}

function failureOf(block: () => void): string | undefined {
  try {
    block()
    return undefined
  } catch (error) {
    if (error instanceof TestFailed) return error.message
    if (error instanceof RunFailed) return `the run failed: ${error.message}`
    throw error
  }
}

/** How many errors there are, and their words, are each program's own: that there are any is not. */
function erred(errors: readonly string[], { tags, values }: Step): boolean {
  const relation = tags.get('count')
  const [word] = typeof relation === 'object' ? relation : ['']
  if (String(values[0]) === '0') return errors.length === 0
  if (word === 'ne') return errors.length === 0
  if (word === 'gt') return errors.length > 1
  return errors.length > 0
}

const suiteNames: Readonly<Partial<Record<Action['is'], string>>> = { fileinto: 'store' }

function suiteName({ is }: Action): string {
  return suiteNames[is] ?? is
}
