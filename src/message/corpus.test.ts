// Messages that other projects keep for their tests: they are read from a folder beside the
// project, or the one in AMPLOP_CORPUS, and are no part of it.
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { digest } from './digest.ts'
import { plainText } from './plain-text.ts'

const corpus = process.env.AMPLOP_CORPUS ?? join(import.meta.dirname, '../../../shared/corpus')
const skip = existsSync(corpus) ? false : 'corpus absent (AMPLOP_CORPUS)'

test('hundreds of odd messages are digested, each within its own bytes', { skip }, () => {
  const folders = '{mail-parser,mimekit,mime4j,mikel-mail,nodemailer-mailparser}'
  const files = globSync(join(corpus, folders, '**/*.{eml,txt,msg}'))
  assert.ok(files.length > 200, `${files.length} messages`)
  for (const file of files) {
    const bytes = readFileSync(file)
    const { structure, headerSize } = digest(bytes)
    plainText(bytes, 100_000, structure)
    assert.ok(headerSize <= bytes.length && structure.end === bytes.length, file)
  }
})
