// The program as a process of its own, for tests: run to its end, or kept until told to stop.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Cleanup {
  after(work: () => Promise<void> | void): void
}

export interface Ended {
  readonly status: number | string
  readonly output: string
  readonly errors: string
}

export interface Process {
  readonly child: ChildProcess
  /** Resolves when standard output has this; rejects when the process ends without it. */
  said(words: string): Promise<void>
  readonly ended: Promise<Ended>
}

interface Options {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly folder?: string
}

const program = fileURLToPath(new URL('../../../bin/amplop', import.meta.url))

export function startProgram(
  test: Cleanup,
  args: readonly string[],
  options: Options = {},
): Process {
  const { input = '', env = {}, folder } = options
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, npm_lifecycle_event: '', AMPLOP_DATA: '', NO_COLOR: '1', ...env },
    ...(folder !== undefined && { cwd: folder }),
  })
  let output = ''
  let errors = ''
  let wake = () => {}
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    output += part
    wake()
  })
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    errors += part
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  let over = false
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      over = true
      wake()
      resolve({ status: code ?? signal ?? '', output, errors })
    })
  })
  test.after(async () => {
    if (!over) child.kill('SIGKILL')
    await ended
  })
  const said = async (words: string) => {
    while (!output.includes(words)) {
      if (over) throw new Error(`ended without saying "${words}":\n${output}${errors}`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  return { child, said, ended }
}

export function runProgram(
  test: Cleanup,
  args: readonly string[],
  options: Options = {},
): Promise<Ended> {
  return startProgram(test, args, options).ended
}

export function newFolder(test: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-cli-'))
  test.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** An offset whose five ports of a try-out were free a moment ago. */
export async function freeOffset(): Promise<number> {
  for (;;) {
    const offset = 10_000 + Math.floor(Math.random() * 40_000)
    const ports = [25, 587, 465, 1239, 8080].map((port) => port + offset)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return offset
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
