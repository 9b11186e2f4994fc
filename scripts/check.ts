// Everything that can be said of the sources without running them: types, lint and format, the
// rules of the house, citations, documents. One line for each check; what is wrong below it.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { checkDocs } from './docs.ts'
import { root } from './files.ts'
import { checkHouse } from './house.ts'
import { checkStandards } from './standards.ts'

interface Outcome {
  readonly ok: boolean
  /** What to show when it is not. */
  readonly text: string
}

const bin = (name: string) => join(root, 'node_modules', '.bin', name)
const page = (name: string) => `webmail/${name}/tsconfig.json`

const checks: Readonly<Record<string, () => Promise<Outcome>>> = {
  types: () => tool(bin('tsc'), ['--noEmit']),
  'types of the board page': () => tool(bin('tsc'), ['--noEmit', '-p', page('board')]),
  'types of the admin page': () => tool(bin('tsc'), ['--noEmit', '-p', page('admin')]),
  'types of the webmail': () => tool(bin('tsc'), ['--noEmit', '-p', page('mail')]),
  'lint and format': () =>
    tool(bin('biome'), ['ci', '--colors=off', '--diagnostic-level=error', '.']),
  house: async () => own(checkHouse()),
  standards: async () => own(checkStandards()),
  documents: async () => own(checkDocs()),
}

const outcomes = await Promise.all(Object.entries(checks).map(([name, check]) => told(name, check)))
process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1

async function told(name: string, check: () => Promise<Outcome>): Promise<Outcome> {
  const began = performance.now()
  const outcome = await check().catch((error) => ({ ok: false, text: firstLine(error) }))
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`${outcome.ok ? 'ok    ' : 'WRONG '} ${name} (${seconds} s)`)
  if (!outcome.ok) console.log(outcome.text.trimEnd().replace(/^/gm, '       '))
  return outcome
}

function firstLine(error: unknown): string {
  return String(error).split('\n')[0] ?? ''
}

function own(problems: readonly string[]): Outcome {
  return { ok: problems.length === 0, text: problems.join('\n') }
}

function tool(program: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let text = ''
    child.stdout.on('data', (chunk) => (text += chunk))
    child.stderr.on('data', (chunk) => (text += chunk))
    child.on('error', (error) => resolve({ ok: false, text: error.message }))
    child.on('close', (code) => resolve({ ok: code === 0, text }))
  })
}
