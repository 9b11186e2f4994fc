import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { newFolder } from './testing/places.ts'

const program = fileURLToPath(new URL('./testing/streams-large.ts', import.meta.url))

test('a large blob goes in and out in little memory, whatever its size', (t) => {
  const said = execFileSync(process.execPath, [program, newFolder(t), '256'], { encoding: 'utf8' })
  assert.ok(Number(said) < 45, `grew by ${said} MiB`)
})
