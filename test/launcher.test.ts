// bin/amplop on whatever Node runs it: finds the right one, passes on signals and exit status.
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import test, { after } from 'node:test'

const root = resolve(import.meta.dirname, '..')
const old = oldNode()
const onOldNode = old === '' ? { skip: 'no Node older than 24.15 on this machine' } : {}

const program = `
export async function main(args: readonly string[]): Promise<number> {
  const say = () => console.log(JSON.stringify({ args, version: process.versions.node }))
  if (args[0] === 'die') process.kill(process.pid, 'SIGKILL')
  if (args[0] !== 'wait') {
    say()
    return Number(args[0])
  }
  const open = setInterval(() => {}, 1000)
  const signal = await new Promise((resolve) => {
    process.once('SIGTERM', resolve)
    process.once('SIGINT', resolve)
    say()
  })
  clearInterval(open)
  console.log(signal)
  return 7
}
`
const folder = mkdtempSync(join(tmpdir(), 'amplop-launcher-'))
after(() => rmSync(folder, { recursive: true }))
cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true })
mkdirSync(join(folder, 'src/cli'), { recursive: true })
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
writeFileSync(join(folder, 'src/cli/main.ts'), program)

test('a Node that is new enough runs the program itself', async () => {
  const { status, said } = await ended(start(process.execPath, ['3', 'a b']))
  assert.equal(status, 3)
  assert.deepEqual(JSON.parse(said), { args: ['3', 'a b'], version: process.versions.node })
})

test('an old Node without another says what to do', onOldNode, async () => {
  const { status, said } = await ended(start(old, ['0']))
  assert.equal(status, 1)
  assert.match(said, /^amplop: needs Node 24\.15 or newer, this is [\d.]+: run `npm ci` here.*\n$/)
})

test('an old Node hands over to the one in the clone', onOldNode, async (t) => {
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true })
  symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'))

  await t.test('with arguments and exit status', async () => {
    const { status, said } = await ended(start(old, ['3', 'a b']))
    assert.equal(status, 3)
    assert.deepEqual(JSON.parse(said), { args: ['3', 'a b'], version: process.versions.node })
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    await t.test(`with ${signal}, and waits for its end`, async () => {
      const child = start(old, ['wait'])
      await once(child.stdout!, 'readable')
      child.kill(signal)
      const { status, said } = await ended(child)
      assert.equal(status, 7)
      assert.match(said, new RegExp(`${signal}\n$`))
    })
  await t.test('and ends as it does when it is killed', async () => {
    assert.equal((await ended(start(old, ['die']))).status, 128 + 9)
  })
})

function start(node: string, args: readonly string[]): ChildProcess {
  return spawn(node, [join(folder, 'bin/amplop'), ...args])
}

async function ended(child: ChildProcess): Promise<{ status: number | null; said: string }> {
  let said = ''
  child.stdout?.on('data', (chunk) => (said += chunk))
  child.stderr?.on('data', (chunk) => (said += chunk))
  const [status] = await once(child, 'close')
  return { status, said }
}

/** A Node on the PATH that cannot run Amplop, or "". */
function oldNode(): string {
  for (const entry of (process.env.PATH ?? '').split(delimiter)) {
    const node = join(entry, 'node')
    if (entry.includes('node_modules') || !existsSync(node)) continue
    const version = execFileSync(node, ['--version'], { encoding: 'utf8' })
    const [major = 0, minor = 0] = version.slice(1).split('.').map(Number)
    if (major < 24 || (major === 24 && minor < 15)) return node
  }
  return ''
}
