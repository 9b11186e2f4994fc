// OpenDKIM from Debian as a milter of a test's own. It has what it needs of the DNS in a file.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { program } from './debian.ts'
import type { Cleanup } from './places.ts'

/** undefined where it is not installed. */
export const opendkim = await program('opendkim')

export interface DkimInstance {
  /** With "keys": lines of a name and its TXT record; and to sign, "key" in PEM. */
  readonly folder: string
  readonly port: number
  readonly mode: 's' | 'v'
  /** Whose mail it signs. */
  readonly internal: string
}

/** Resolves when it listens; it ends with the test. */
export async function openDkim(test: Cleanup, instance: DkimInstance): Promise<void> {
  const { folder, port, mode, internal } = instance
  const config = [
    `Mode ${mode}`,
    ...(mode === 's'
      ? ['Domain example.com', 'Selector s1', `KeyFile ${join(folder, 'key')}`]
      : []),
    `TestPublicKeys ${join(folder, 'keys')}`,
    `Socket inet:${port}@127.0.0.1`,
    'Canonicalization simple/simple',
    'AuthservID mx.example.com',
    `InternalHosts ${internal}`,
    'RequireSafeKeys no',
    'Background no',
  ]
  const file = join(folder, `${mode}.conf`)
  writeFileSync(file, `${config.join('\n')}\n`)
  const child = spawn(opendkim ?? '', ['-f', '-x', file], { stdio: 'ignore' })
  const ended = new Promise((resolve) => child.once('close', resolve))
  test.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  await listening(child, port)
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    assert.equal(child.exitCode, null, 'opendkim runs')
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () =>
        resolve(false),
      )
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await pause(50)
  }
  assert.fail('opendkim does not listen')
}
