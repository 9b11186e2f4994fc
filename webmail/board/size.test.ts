import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { loadAssets } from '../../src/wire/http-assets.ts'
import type { HttpRequest } from '../../src/wire/http-types.ts'

const folder = import.meta.dirname
const files = readdirSync(folder).filter((name) => /\.(html|css|js|svg)$/.test(name))
const request = { headers: { 'accept-encoding': 'gzip' } } as unknown as HttpRequest

test('all that the page loads is at most 15 kB in gzip', () => {
  const assets = loadAssets(folder, '/board/assets/')
  const sizes = files.map((name) => {
    const { body } = assets.answer(request, name)
    return [name, body instanceof Uint8Array ? body.length : Number.NaN] as const
  })
  const total = sizes.reduce((sum, [, size]) => sum + size, 0)
  assert.ok(total <= 15_000, `${total} bytes: ${sizes.join(' ')}`)
})

test('no source can make markup or code of a string', () => {
  const sinks =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|DOMParser|setHTML|createContextualFragment|setTimeout\(['"`]/
  for (const name of files) {
    const source = readFileSync(join(folder, name), 'utf8')
    assert.equal(sinks.exec(source)?.[0], undefined, name)
    if (name.endsWith('.html')) {
      assert.doesNotMatch(source, /\son\w+=|\sstyle=|<style|<script(?![^>]* src=)|https?:/)
    }
  }
})

test('no template runs over lines: they are served without indentation', () => {
  for (const name of files.filter((name) => name.endsWith('.js'))) {
    const source = readFileSync(join(folder, name), 'utf8')
    const ticks = source.split('\n').filter((line) => (line.split('`').length - 1) % 2 === 1)
    assert.deepEqual(
      ticks.filter((line) => !/['"][^'"]*`/.test(line)),
      [],
      name,
    )
  }
})
