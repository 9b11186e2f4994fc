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
  line?: number
  skip?: string | boolean
  todo?: string | boolean
  details: { type?: string; duration_ms: number; error?: Error }
}

type Failure = Error & { failureType?: string; exitCode?: number; signal?: string | null }

export class Report {
  readonly #write: (text: string) => void
  readonly #names: string[] = []
  readonly #skipped: string[] = []
  readonly #files: { file: string; ms: number }[] = []
  /** What each file printed since its last result: shown only beside a failure. */
  readonly #printed = new Map<string, string>()
  #deepest = 0
  #passed = 0
  #failed = 0

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  hear(event: Event): void {
    const data = (event.data ?? {}) as Finished & { message: string; duration_ms: number }
    const file = data.file === undefined ? '' : relative(root, data.file)
    if (event.type === 'test:start') this.#names[data.nesting] = data.name
    else if (event.type === 'test:pass') this.#finished(data, file, true)
    else if (event.type === 'test:fail') this.#finished(data, file, false)
    else if (event.type === 'test:stdout' || event.type === 'test:stderr')
      this.#printed.set(file, (this.#printed.get(file) ?? '') + data.message)
    else if (event.type === 'test:summary' && data.file !== undefined)
      this.#files.push({ file, ms: data.duration_ms })
  }

  /** A failure that is no test's. */
  fail(text: string): void {
    this.#failed++
    this.#write(`\nFAILED  ${text}\n`)
  }

  /** Writes the end; true when tests ran and none failed. */
  close(): boolean {
    if (this.#passed + this.#failed === 0) this.fail('no test was found')
    const skipped = this.#skipped.length
    if (skipped > 0) this.#write(`\nSkipped:\n${this.#skipped.join('\n')}\n`)
    const slowest = this.#files.sort((a, b) => b.ms - a.ms).slice(0, 5)
    const lines = slowest.map(({ file, ms }) => `  ${(ms / 1000).toFixed(1)} s  ${file}`)
    if (this.#files.length > 5) this.#write(`\nSlowest:\n${lines.join('\n')}\n`)
    const end = skipped === 0 ? '' : `, ${skipped} skipped`
    this.#write(`\n${this.#passed} passed, ${this.#failed} failed${end}\n`)
    return this.#failed === 0
  }

  #finished(data: Finished, file: string, passed: boolean): void {
    // A group is reported after what is in it; only the innermost are counted.
    const group = data.details.type === 'suite' || this.#deepest > data.nesting
    this.#deepest = data.nesting
    if (data.skip !== undefined || data.todo !== undefined) {
      const why = data.skip ?? data.todo
      const reason = typeof why === 'string' && why !== '' ? why : 'no reason given'
      this.#skipped.push(`  ${file}: ${data.name} (${reason})`)
    } else if (!passed) this.#failure(data, file, group)
    else if (!group) this.#passed++
  }

  #failure(data: Finished, file: string, group: boolean): void {
    const error = data.details.error as Failure | undefined
    if (group && error?.failureType === 'subtestsFailed') return
    this.#failed++
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
