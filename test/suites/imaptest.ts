// `npm run test:imaptest [-- PART-OF-A-NAME… --seconds N --clients N]`: Dovecot's imaptest against a
// server of its own. First its scripts, each in a process with a time limit, for one that loops must
// not hold up the rest; then, with --seconds, its stress mode. Nothing of imaptest is kept here:
// AMPLOP_IMAPTEST is its program (or it is on the PATH), AMPLOP_IMAPTEST_SCRIPTS the folder of its
// scripts, "tests" beside the program unless told otherwise. Program and scripts are to be of one
// version: those of 2022 cannot read the "append" and "pipeline-connections" of 2026.
import { spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type House, openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'
import { Scope } from '../support/scope.ts'

const scriptTimeoutMs = 60_000
/** What the stress mode may take beyond its time: it lets its clients finish. */
const graceMs = 60_000

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: 'string', default: '0' },
    clients: { type: 'string', default: '100' },
    verbose: { type: 'boolean', short: 'v', default: false },
  },
  allowPositionals: true,
})

interface Outcome {
  readonly ok: boolean
  readonly output: string
}

interface Place {
  readonly program: string
  readonly house: House
}

function findProgram(): string | undefined {
  const named = process.env.AMPLOP_IMAPTEST
  if (named !== undefined) return existsSync(named) ? named : undefined
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, 'imaptest')).find((path) => existsSync(path))
}

function run(program: string, args: readonly string[], timeoutMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const hear = (part: string) => {
      if (output.length < 1_000_000) output += part
    }
    child.stdout.setEncoding('utf8').on('data', hear)
    child.stderr.setEncoding('utf8').on('data', hear)
    const timer = setTimeout(() => {
      hear(`Error: not finished after ${timeoutMs / 1000} s\n`)
      child.kill('SIGKILL')
    }, timeoutMs)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ ok: code === 0, output })
    })
  })
}

async function account({ started }: House, name: string): Promise<string> {
  const address = `${name}@example.com`
  await started.rooms?.accounts.addAccount(address, 'amplop')
  return address
}

function dial(house: House, user: string): string[] {
  return ['host=127.0.0.1', `port=${house.port('imap')}`, `user=${user}`, 'pass=amplop']
}

/** urlauth2 fetches two messages, and forgets to ask for them as urlauth does. */
function mended(path: string): string {
  if (basename(path) !== 'urlauth2') return path
  const folder = newFolder(scope)
  const copy = join(folder, 'urlauth2')
  copyFileSync(join(dirname(path), 'default.mbox'), join(folder, 'default.mbox'))
  const text = readFileSync(path, 'utf8')
  writeFileSync(copy, /^messages:/m.test(text) ? text : `messages: 2\n${text}`)
  return copy
}

/** One group of scripts, with an account that nobody used before. */
async function script({ program, house }: Place, path: string, user: string): Promise<string> {
  // For scripts of two people; each of them selects a mailbox of that name.
  const other = await account(house, `${user}-other`)
  const { accounts, mailboxes } = house.started.rooms!
  await mailboxes.create((await accounts.show(other)).id, 'imaptest')
  const args = [
    ...dial(house, await account(house, user)),
    `user2=${other}`,
    `test=${mended(path)}`,
  ]
  const { ok, output } = await run(program, args, scriptTimeoutMs)
  const skipped = / [1-9]\d* skipped/.test(output)
  if (values.verbose || !ok) console.log(output)
  if (!ok || !/^1 test groups: 0 failed/m.test(output)) return 'WRONG'
  return skipped ? 'skip' : 'ok'
}

async function scripts(place: Place, folder: string): Promise<void> {
  const wanted = (name: string) =>
    positionals.length === 0 || positionals.some((part) => name.includes(part))
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.mbox') && wanted(entry.name))
    .map((entry) => entry.name)
    .sort()
  const found = new Map<string, string[]>()
  for (const [n, name] of names.entries()) {
    const outcome = await script(place, join(folder, name), `group${n}`)
    console.log(`${outcome.padEnd(6)} ${name}`)
    found.set(outcome, [...(found.get(outcome) ?? []), name])
  }
  const list = (outcome: string) => found.get(outcome) ?? []
  const [wrong, skipped] = [list('WRONG'), list('skip')]
  console.log(
    `${list('ok').length} of ${names.length} groups passed, ${wrong.length} failed, ` +
      `${skipped.length} skipped by imaptest for want of an extension: ${skipped.join(' ')}`,
  )
  if (wrong.length > 0) process.exitCode = 1
}

/** Many clients of one mailbox, which compare what they are told; every complaint is a failure. */
async function stress({ program, house }: Place, folder: string, seconds: number): Promise<void> {
  const args = [
    ...dial(house, await account(house, 'stress')),
    `clients=${values.clients}`,
    `secs=${seconds}`,
    `mbox=${join(folder, 'default.mbox')}`,
  ]
  const { ok, output } = await run(program, args, seconds * 1000 + graceMs)
  const complaints = output.split('\n').filter((line) => /^(Error|Warning|Fatal|Panic)/.test(line))
  const kinds = new Map<string, number>()
  for (const line of complaints) {
    const kind = line.replaceAll(/\d+/g, 'N').slice(0, 200)
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  for (const [kind, count] of kinds) console.log(`${count} times: ${kind}`)
  console.log(complaints.slice(0, 20).join('\n'))
  console.log(output.split('\n').slice(-15).join('\n'))
  console.log(`${seconds} s with ${values.clients} clients: ${complaints.length} complaints`)
  if (!ok || complaints.length > 0) process.exitCode = 1
}

const scope = new Scope()
const program = findProgram()
const folder =
  process.env.AMPLOP_IMAPTEST_SCRIPTS ?? join(dirname(realpathSync(program ?? '.')), 'tests')
if (program === undefined) console.log('skipped: imaptest is not here (AMPLOP_IMAPTEST)')
else if (!existsSync(folder))
  console.log("skipped: imaptest's scripts are not here (AMPLOP_IMAPTEST_SCRIPTS)")
else {
  try {
    const house = await openHouse(scope)
    await scripts({ program, house }, folder)
    const seconds = Number(values.seconds)
    if (seconds > 0) await stress({ program, house }, folder, seconds)
  } finally {
    await scope.end()
  }
}
