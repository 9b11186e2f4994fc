// Runs a program of other people to its end.
import { spawn } from 'node:child_process'

export interface Ran {
  /** Exit status; -1 when it was killed. */
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

const timeout = 60_000

/** Resolves when the program has ended, however it did. */
export function run(
  command: string,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { timeout, killSignal: 'SIGKILL' })
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      stdout += part
    })
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      stderr += part
    })
    child.once('error', reject)
    child.once('close', (code) => resolve({ status: code ?? -1, stdout, stderr }))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
  })
}
