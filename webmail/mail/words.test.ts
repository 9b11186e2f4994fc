import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const folder = import.meta.dirname
const tables = readdirSync(folder).filter((name) => /words\.js$/.test(name))
type Words = Readonly<Record<string, string>>

for (const table of tables) {
  test(`${table} has every word in every language, with the same values in it`, async () => {
    const { languages } = (await import(`./${table}`)) as { languages: Record<string, Words> }
    const { en = {}, ...others } = languages
    assert.deepEqual(Object.keys(others).sort(), ['es', 'id'])
    const values = (text = '') => [...new Set([...text.matchAll(/\{\w+\}/g)].map(String))].sort()
    for (const [lang, words] of Object.entries(others)) {
      assert.deepEqual(Object.keys(words).sort(), Object.keys(en).sort(), lang)
      for (const [key, text] of Object.entries(words)) {
        assert.notEqual(text.trim(), '', `${lang} ${key}`)
        assert.deepEqual(values(text), values(en[key]), `${lang} ${key}`)
      }
    }
  })

  test(`every word of ${table} is said somewhere`, async () => {
    const { languages } = (await import(`./${table}`)) as { languages: { en: Words } }
    const sources = readdirSync(folder).filter((name) => /\.js$/.test(name) && name !== table)
    const all = sources.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
    for (const key of Object.keys(languages.en))
      assert.ok(
        new RegExp(`['"\`]${key}['"\`]`).test(all) || said.has(key) || key.startsWith('not_'),
        `${key} is never said`,
      )
  })
}

/** Said under a name that is put together, as those that begin with "not_". */
const said = new Set(['delivered', 'queued', 'refused'])
