import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const folder = import.meta.dirname
const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'))
const sources = scripts
  .filter((name) => name !== 'admin-words.js')
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .join('\n')
type Words = Readonly<Record<string, string>>
const { languages } = (await import('./admin-words.js')) as { languages: Record<string, Words> }
const { en = {}, ...others } = languages

test('every word is there in every language, with the same values in it', () => {
  assert.deepEqual(Object.keys(others).sort(), ['es', 'id'])
  const values = (text = '') => [...new Set([...text.matchAll(/\{\w+\}/g)].map(String))].sort()
  for (const [lang, words] of Object.entries(others)) {
    assert.deepEqual(Object.keys(words), Object.keys(en), lang)
    for (const [key, text] of Object.entries(words))
      assert.deepEqual(values(text), values(en[key]), `${lang} ${key}`)
  }
})

test('every word is said, and what is said is a word', () => {
  for (const key of Object.keys(en)) {
    const [start = ''] = key.split('_')
    const put = key.includes('_') && sources.includes(`\`${start}_\${`)
    const part = new RegExp(`^  (?:${key}): \\[`, 'm').test(sources)
    assert.ok(put || part || new RegExp(`['"\`]${key}['"\`]`).test(sources), `${key} is never said`)
  }
  for (const [, key = ''] of sources.matchAll(/\bw\('([\w]+)'/g)) assert.ok(key in en, key)
})

test('no source can make markup or code of a string', () => {
  const sinks =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc/
  assert.equal(sinks.exec(sources)?.[0], undefined)
  const page = readFileSync(join(folder, 'index.html'), 'utf8')
  assert.doesNotMatch(page, /\son\w+=|\sstyle=|<style|<script(?![^>]* src=)|https?:/)
})
