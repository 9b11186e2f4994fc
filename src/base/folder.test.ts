import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { makeFolder } from './folder.ts'

it('makes the folders on the way, for their owner only', (t) => {
  const top = mkdtempSync(join(tmpdir(), 'amplop-folder-'))
  t.after(() => rmSync(top, { recursive: true }))
  const deep = join(top, 'a', 'b')
  makeFolder(deep)
  makeFolder(deep)
  assert.equal(statSync(deep).mode & 0o777, 0o700)
})

it('fails where nothing can be made, and does not try for ever', {
  skip: process.platform !== 'linux' && 'there is no /proc',
}, () => {
  assert.throws(() => makeFolder('/proc/amplop/data'), { code: 'ENOENT' })
})
