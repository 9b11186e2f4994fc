// The Sieve tests of Dovecot's Pigeonhole, each by its own name. They are read from a folder beside
// the project, or the one in AMPLOP_CORPUS, and are no part of it.
import assert from 'node:assert/strict'
import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { play } from './play.ts'
import { skippedFiles, skippedTests } from './skips.table.ts'

const corpus = process.env.AMPLOP_CORPUS ?? join(import.meta.dirname, '../../../../shared/corpus')
const folder = join(corpus, 'pigeonhole-sieve/tests')
const skip = existsSync(folder) ? false : 'corpus absent (AMPLOP_CORPUS)'

test("Pigeonhole's tests of Sieve", { skip }, async (t) => {
  const files = globSync('**/*.svtest', { cwd: folder }).sort()
  assert.ok(files.length > 100, `${files.length} files`)
  const seen = new Set<string>()
  let passed = 0
  for (const file of files) {
    const why = skippedFiles[file]
    if (why !== undefined) {
      await t.test(file, { skip: why }, () => {})
      continue
    }
    for (const { name, failure } of play(join(folder, file))) {
      const id = `${file} | ${name}`
      const reason = skippedTests[id]
      if (reason === undefined) {
        assert.equal(failure, undefined, id)
        passed++
      } else if (!seen.has(id)) await t.test(id, { skip: reason }, () => {})
      if (failure !== undefined) seen.add(id)
    }
  }
  t.diagnostic(`${passed} passed`)
  const needless = Object.keys(skippedTests).filter((id) => !seen.has(id))
  assert.deepEqual(needless, [], 'tests that pass after all')
  assert.ok(passed > 490, `${passed} passed`)
})
