// Runs the tests: `test.ts [PART-OF-A-PATH]… [-t NAME]`. A file is a process of its own; whatever
// it leaves running is ended and counts as a failure. A few files that failed beside others are run
// once more, alone, and named: on a busy machine a deadline may pass for want of a processor.
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { parseArgs } from 'node:util'
import { filesIn, root } from './files.ts'
import { Report } from './reporter.ts'

const fileTimeoutMs = 240_000
const concurrency = 3
/** More than this is no accident. */
const againMax = 4

const { values, positionals } = parseArgs({
  options: { name: { type: 'string', short: 't' } },
  allowPositionals: true,
})
const files = ['src', 'webmail', 'test', 'scripts']
  .flatMap((folder) => filesIn(folder, (path) => path.endsWith('.test.ts')))
  .filter((path) => positionals.length === 0 || positionals.some((part) => path.includes(part)))

const mark = `AMPLOP_TEST_RUN=${randomUUID()}`
process.env.AMPLOP_TEST_RUN = mark.slice(mark.indexOf('=') + 1)

const report = new Report((text) => process.stdout.write(text))
const running = new Map<string, number>()
const watch = setInterval(() => endOverdue(), 1000)
await runFiles(files, concurrency)
const failed = report.failedFiles
if (failed.length <= againMax)
  for (const file of failed) {
    report.again(file)
    await runFiles([file], 1)
  }
clearInterval(watch)
for (const left of await endRest(mark)) report.fail(`left running: ${left}`)
process.exitCode = report.close() ? 0 : 1

async function runFiles(files: readonly string[], concurrency: number): Promise<void> {
  const tests = run({
    files: files.map((file) => join(root, file)),
    cwd: root,
    concurrency,
    execArgv: ['--disable-warning=ExperimentalWarning'],
    ...(values.name === undefined ? {} : { testNamePatterns: [new RegExp(values.name)] }),
  })
  for await (const event of tests) {
    report.hear(event)
    if (event.type === 'test:dequeue' && files.includes(relative(root, event.data.name)))
      running.set(event.data.name, Date.now())
    else if (event.type === 'test:complete') running.delete(event.data.name)
  }
}

function endOverdue(): void {
  for (const [file, since] of running) {
    if (Date.now() - since < fileTimeoutMs) continue
    const name = relative(root, file)
    report.fail(`${name} took longer than ${fileTimeoutMs / 1000} s`, name)
    running.delete(file)
    for (const { pid, command } of marked(mark))
      if (command.endsWith(file)) process.kill(pid, 'SIGKILL')
  }
}

/** Ends processes that carry the mark in their environment; says which they were. */
async function endRest(mark: string): Promise<string[]> {
  let left = marked(mark)
  // A process that is just ending is no leftover.
  for (let tries = 0; left.length > 0 && tries < 20; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    left = marked(mark)
  }
  for (const { pid } of left) process.kill(pid, 'SIGKILL')
  return left.map(({ pid, command }) => `${pid} ${command}`)
}

function marked(mark: string): { pid: number; command: string }[] {
  const found: { pid: number; command: string }[] = []
  for (const pid of process.platform === 'linux' ? readdirSync('/proc') : []) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark)) continue
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      if (command !== '') found.push({ pid: Number(pid), command })
    } catch {
      // Gone meanwhile, or somebody else's.
    }
  }
  return found
}
