// Tells how the tests went: nothing of what passed, everything of what failed, what was skipped
// and why, the slowest files, and alone on the last line "N passed, N failed[, N skipped]".
import { relative } from 'node:path'
import type { TestsStream } from 'node:test'
import { inspect } from 'node:util'
import { root } from './files.ts'

type Event = TestsStream extends AsyncIterable<infer E> ? E : never
type Finished = {
  name: string
  nesting: number
  file?: string
  /** The file that ran, where the test is written in another. */
  entryFile?: string
  line?: number
  skip?: string | boolean
  todo?: string | boolean
  details: { type?: string; duration_ms: number; error?: Error }
}

type Failure = Error & { failureType?: string; exitCode?: number; signal?: string | null }

export class Report {
  readonly #write: (text: string) => void
  readonly #names: string[] = []
  #skipped: { file: string; line: string }[] = []
  readonly #files: { file: string; ms: number }[] = []
  /** What each file printed since its last result: shown only beside a failure. */
  readonly #printed = new Map<string, string>()
  /** By file; "" is what no file is to blame for. */
  readonly #counts = new Map<string, { passed: number; failed: number }>()
  readonly #again: string[] = []
  #deepest = 0

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  hear(event: Event): void {
    const data = (event.data ?? {}) as Finished & { message: string; duration_ms: number }
    const ran = data.entryFile ?? data.file
    const file = ran === undefined ? '' : relative(root, ran)
    if (event.type === 'test:start') this.#names[data.nesting] = data.name
    else if (event.type === 'test:pass') this.#finished(data, file, true)
    else if (event.type === 'test:fail') this.#finished(data, file, false)
    else if (event.type === 'test:stdout' || event.type === 'test:stderr')
      this.#printed.set(file, (this.#printed.get(file) ?? '') + data.message)
    else if (event.type === 'test:summary' && data.file !== undefined)
      this.#files.push({ file, ms: data.duration_ms })
  }

  /** A failure that is no test's, of a file or of none. */
  fail(text: string, file = ''): void {
    this.#of(file).failed++
    this.#write(`\nFAILED  ${text}\n`)
  }

  /** The files in which something failed. */
  get failedFiles(): readonly string[] {
    return [...this.#counts]
      .filter(([file, { failed }]) => file && failed > 0)
      .map(([file]) => file)
  }

  /** Counts a file as if it had not run: it runs again, and its name is told at the end. */
  again(file: string): void {
    this.#counts.delete(file)
    this.#skipped = this.#skipped.filter((skip) => skip.file !== file)
    this.#again.push(file)
  }

  /** Writes the end; true when tests ran and none failed. */
  close(): boolean {
    if (this.#counts.size === 0) this.fail('no test was found')
    if (this.#again.length > 0)
      this.#write(`\nFailed once, and ran again alone:\n  ${this.#again.join('\n  ')}\n`)
    const skipped = this.#skipped.length
    if (skipped > 0)
      this.#write(`\nSkipped:\n${this.#skipped.map(({ line }) => line).join('\n')}\n`)
    const slowest = this.#files.sort((a, b) => b.ms - a.ms).slice(0, 5)
    const lines = slowest.map(({ file, ms }) => `  ${(ms / 1000).toFixed(1)} s  ${file}`)
    if (this.#files.length > 5) this.#write(`\nSlowest:\n${lines.join('\n')}\n`)
    const end = skipped === 0 ? '' : `, ${skipped} skipped`
    const counts = [...this.#counts.values()]
    const passed = counts.reduce((sum, count) => sum + count.passed, 0)
    const failed = counts.reduce((sum, count) => sum + count.failed, 0)
    this.#write(`\n${passed} passed, ${failed} failed${end}\n`)
    return failed === 0
  }

  #of(file: string): { passed: number; failed: number } {
    const count = this.#counts.get(file) ?? { passed: 0, failed: 0 }
    this.#counts.set(file, count)
    return count
  }

  #finished(data: Finished, file: string, passed: boolean): void {
    // A group is reported after what is in it; only the innermost are counted.
    const group = data.details.type === 'suite' || this.#deepest > data.nesting
    this.#deepest = data.nesting
    if (data.skip !== undefined || data.todo !== undefined) {
      const why = data.skip ?? data.todo
      const reason = typeof why === 'string' && why !== '' ? why : 'no reason given'
      this.#skipped.push({ file, line: `  ${file}: ${data.name} (${reason})` })
    } else if (!passed) this.#failure(data, file, group)
    else if (!group) this.#of(file).passed++
  }

  #failure(data: Finished, file: string, group: boolean): void {
    const error = data.details.error as Failure | undefined
    if (group && error?.failureType === 'subtestsFailed') return
    this.#of(file).failed++
    const whole = data.name.endsWith(file)
    const path = whole ? '' : [...this.#names.slice(0, data.nesting), data.name].join(' > ')
    const cause = error?.cause ?? error
    const text = whole ? ending(error) : inspect(cause, { depth: 5 })
    const printed = this.#printed.get(file) ?? ''
    this.#printed.delete(file)
    this.#write(`\nFAILED  ${file}:${data.line ?? 0}  ${path}\n${indented(text)}\n`)
    if (printed !== '') this.#write(`  printed:\n${indented(printed.trimEnd())}\n`)
  }
}

/** How a file ended that failed outside its tests. */
function ending(error: Failure | undefined): string {
  const how = error?.signal ?? (error?.exitCode === undefined ? '' : `exit ${error.exitCode}`)
  return `the file failed as a whole: ${[error?.message, how].filter(Boolean).join(', ')}`
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ')
}
