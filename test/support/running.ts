// Amplop as a process of its own, started as a person would.
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Cleanup } from './places.ts'

export const root = fileURLToPath(new URL('../../', import.meta.url))
const program = fileURLToPath(new URL('../../bin/amplop', import.meta.url))

export interface Running {
  readonly child: ChildProcess
  readonly output: () => string
  /** Resolves when a line of output matches. Rejects when the process ends before, with its output. */
  said(pattern: RegExp, waitMs?: number): Promise<void>
  /** Exit status, or the name of the signal. */
  readonly ended: Promise<number | string>
  stop(signal?: NodeJS.Signals): Promise<number | string>
}

export interface RunOptions {
  /** All of its standard input. */
  readonly input?: string
  /** Leaves standard input open for `child.stdin.write`, as a person would. */
  readonly typing?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** A command in front: ["ip", "netns", "exec", "a"]. */
  readonly under?: readonly string[]
}

/** Runs `amplop ARGS` with the Node that runs the tests. */
export function amplop(test: Cleanup, args: readonly string[], options: RunOptions = {}): Running {
  const [command = '', ...rest] = [...(options.under ?? []), process.execPath, program, ...args]
  const child = spawn(command, rest, {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1', npm_lifecycle_event: '', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  let wake: () => void = () => {}
  const hear = (part: string) => {
    output += part
    wake()
  }
  child.stdout.setEncoding('utf8').on('data', hear)
  child.stderr.setEncoding('utf8').on('data', hear)
  child.stdin.on('error', () => {})
  if (!options.typing) child.stdin.end(options.input ?? '')
  let over = false
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      over = true
      wake()
      resolve(code ?? signal ?? 'unknown')
    })
  })
  const stop = (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal)
    return ended
  }
  test.after(async () => {
    if (!over) await stop('SIGKILL')
  })
  const said = async (pattern: RegExp, waitMs = 20_000) => {
    const deadline = performance.now() + waitMs
    while (!pattern.test(output)) {
      if (over) throw new Error(`amplop ended before it said ${pattern}:\n${output}`)
      const left = deadline - performance.now()
      if (left <= 0) throw new Error(`amplop did not say ${pattern} in ${waitMs} ms:\n${output}`)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
  return { child, output: () => output, said, ended, stop }
}
