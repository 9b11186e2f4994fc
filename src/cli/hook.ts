// `amplop hook`: for who writes hooks.
import { readFileSync } from 'node:fs'
import type { HookTried, HookTry } from '../app/hook-test.ts'
import { jsonOption } from './admin-client.ts'
import { command, Failed, type Group, Misused } from './command.ts'
import { clean, printJson, printLine } from './print.ts'

const test = command({
  name: 'test',
  summary: 'run the hooks of one file, and show what they answer',
  words: ['FILE', '[EVENTS]'],
  options: {
    message: {
      type: 'string',
      short: 'm',
      value: 'EML',
      doc: 'a message for the message hook; without it a small one',
    },
    timeout: {
      type: 'string',
      short: 't',
      value: 'MS',
      doc: 'for each answer; 5000 without it',
    },
    ...jsonOption,
  },
  more: `EVENTS is a JSON file: [{"stage": "mail", "event": {"sender": "ana@example.net"}}, ...]. What an
event leaves out is made up. Without it each hook is asked once. Exit status 1: one failed.`,
  run: async ({ message, timeout = '5000', json }, [file = '', events]) => {
    const timeoutMs = Number(timeout)
    if (!Number.isInteger(timeoutMs) || timeoutMs < 1)
      throw new Misused('--timeout must be a number of milliseconds')
    const tries = events === undefined ? [] : triesIn(events)
    const { testHook } = await import('../app/hook-test.ts')
    const bytes = message === undefined ? '' : readFileSync(message)
    const tried = await testHook({ file, tries, message: bytes, timeoutMs }).catch(
      (error: Error) => {
        throw new Failed(error.message)
      },
    )
    if (json) printJson(tried)
    else for (const one of tried) printLine(clean(lineOf(one)))
    return tried.some(({ failure }) => failure !== '') ? 1 : 0
  },
})

export const hook: Group = {
  name: 'hook',
  summary: 'try hooks of yours',
  commands: [test],
}

function triesIn(path: string): HookTry[] {
  const wrong = `${path} must be a list: [{"stage": "mail", "event": {}}]`
  let list: unknown
  try {
    list = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Failed(`${path}: ${(error as Error).message}`)
  }
  if (!Array.isArray(list)) throw new Failed(wrong)
  return list.map((one: unknown) => {
    const { stage, event = {} } = (one ?? {}) as Partial<HookTry>
    const known = ['connect', 'hello', 'auth', 'mail', 'rcpt', 'message']
    if (stage === undefined || !known.includes(stage) || typeof event !== 'object')
      throw new Failed(wrong)
    return { stage, event }
  })
}

function lineOf({ stage, answers, failure, ms }: HookTried): string {
  const said = answers.map((answer) => JSON.stringify(answer)).join(' ')
  const text = failure === '' ? said || 'no opinion' : `failed: ${failure}`
  return `${stage.padEnd(8)} ${text} (${ms} ms)`
}
