// The thread that runs hooks: loads their files, and asks them in order. Knows nothing of mail.
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { type HookCall, type HookReport, type HookWord, hookStages } from './calls.ts'
import type { HookAnswer, HookStage, Hooks } from './types.ts'

interface Loaded {
  readonly file: string
  readonly hooks: Hooks
}

const { files } = workerData as { readonly files: readonly string[] }

function report(said: HookReport): void {
  parentPort?.postMessage(said)
}

async function load(path: string): Promise<Loaded> {
  const file = basename(path)
  const module = (await import(pathToFileURL(path).href)) as { hooks?: unknown }
  const { hooks } = module
  if (typeof hooks !== 'object' || hooks === null)
    throw new Error('it does not say "export const hooks: Hooks = { … }"')
  for (const [stage, hook] of Object.entries(hooks)) {
    if (!(hookStages as readonly string[]).includes(stage))
      throw new Error(`there is no hook "${stage}": only ${hookStages.join(', ')}`)
    if (typeof hook !== 'function') throw new Error(`"${stage}" is no function`)
  }
  return { file, hooks: hooks as Hooks }
}

async function loadAll(): Promise<readonly Loaded[] | undefined> {
  const loaded: Loaded[] = []
  for (const path of files) {
    try {
      loaded.push(await load(path))
    } catch (error) {
      report({ unfit: `${path}: ${error instanceof Error ? error.message : String(error)}` })
      return undefined
    }
  }
  return loaded
}

async function call(loaded: readonly Loaded[], { n, stage, event }: HookCall): Promise<void> {
  const words: HookWord[] = []
  for (const { file, hooks } of loaded) {
    try {
      const answer = await hooks[stage]?.(event as never)
      if (answer === undefined || answer === null) continue
      words.push({ file, answer: checked(answer) })
      if (answer.is !== 'annotate') break
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return report({ n, failure: `${file}: ${stage}: ${text.slice(0, 2000)}` })
    }
  }
  report({ n, words })
}

function checked(answer: HookAnswer): HookAnswer {
  const { is, text, note, fields } = answer as Record<string, unknown>
  if (is === 'accept') return { is }
  if (is === 'refuse' || is === 'defer')
    return { is, ...(text === undefined ? {} : { text: String(text) }) }
  if (is !== 'annotate') throw new Error(`an answer that is none: ${JSON.stringify(answer)}`)
  const entries = Object.entries((fields ?? {}) as object).map(([name, value]) => [
    name,
    String(value),
  ])
  return { is, note: String(note ?? ''), fields: Object.fromEntries(entries) }
}

const loaded = await loadAll()
if (loaded) {
  const stages = hookStages.filter((stage: HookStage) => loaded.some(({ hooks }) => hooks[stage]))
  parentPort?.on('message', (asked: HookCall) => void call(loaded, asked))
  report({ ready: stages })
}
