// A process of its own for each: what others have left in the heap is not to be measured.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { everyEngine } from './testing/engines.ts'
import { newFolder } from './testing/places.ts'

const program = fileURLToPath(new URL('./testing/streams-large.ts', import.meta.url))

everyEngine(
  'a large blob goes in and out in little memory, whatever its size',
  async (t, engine) => {
    const folder = newFolder(t)
    const args = [program, folder, '256', await engine.url(folder)]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const said = await text(child.stdout)
    assert.match(said, /^\d+\n$/)
    // Of one GiB it is to be less than 64.
    assert.ok(Number(said) < 60, `grew by ${said} MiB`)
  },
)
