import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { catalogues } from './words.js'

const folder = import.meta.dirname
const { en = {}, ...others } = catalogues as Readonly<
  Record<string, Readonly<Record<string, string>>>
>

test('every language has every word, with the same values in it', () => {
  assert.deepEqual(Object.keys(others).sort(), ['es', 'id'])
  const values = (text = '') => [...text.matchAll(/\{\w+\}/g)].map(String).sort()
  for (const [lang, words] of Object.entries(others)) {
    assert.deepEqual(Object.keys(words).sort(), Object.keys(en).sort(), lang)
    for (const [key, text] of Object.entries(words)) {
      assert.notEqual(text.trim(), '', `${lang} ${key}`)
      assert.deepEqual(values(text), values(en[key]), `${lang} ${key}`)
    }
  }
})

test('the page and its scripts name only words there are, and every word is named', () => {
  const sources = readdirSync(folder).filter((name) => /\.(html|js)$/.test(name))
  const all = sources.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
  for (const [, key = ''] of all.matchAll(/data-t(?:-label)?="(\w+)"/g)) assert.ok(key in en, key)
  for (const [, key = ''] of all.matchAll(/\bsay\('(\w+)'/g)) assert.ok(key in en, key)
  for (const key of Object.keys(en)) {
    assert.ok(new RegExp(`['"]${key}['"]`).test(all), `${key} is never said`)
  }
})
