import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { loadAssets } from '../../src/wire/http-assets.ts'
import type { HttpRequest } from '../../src/wire/http-types.ts'

const folders = [join(import.meta.dirname, '../look'), import.meta.dirname]
const paths = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.(html|css|js|svg)$/.test(name))
    .map((name) => join(folder, name)),
)
const request = { headers: { 'accept-encoding': 'gzip' } } as unknown as HttpRequest

test('all that the page loads is at most 15 kB in gzip', () => {
  const assets = loadAssets(folders, '/board/assets/')
  const sizes = paths.map((path) => {
    const name = basename(path)
    const { body } = assets.answer(request, name)
    return [name, body instanceof Uint8Array ? body.length : Number.NaN] as const
  })
  const total = sizes.reduce((sum, [, size]) => sum + size, 0)
  assert.ok(total <= 15_000, `${total} bytes: ${sizes.join(' ')}`)
})

test('no source can make markup or code of a string', () => {
  const sinks =
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|DOMParser|setHTML|createContextualFragment|setTimeout\(['"`]/
  for (const path of paths) {
    const source = readFileSync(path, 'utf8')
    assert.equal(sinks.exec(source)?.[0], undefined, path)
    if (path.endsWith('.html')) {
      assert.doesNotMatch(source, /\son\w+=|\sstyle=|<style|<script(?![^>]* src=)|https?:/)
    }
  }
})

test('no template runs over lines: they are served without indentation', () => {
  for (const path of paths.filter((path) => path.endsWith('.js'))) {
    const source = readFileSync(path, 'utf8')
    const ticks = source.split('\n').filter((line) => (line.split('`').length - 1) % 2 === 1)
    assert.deepEqual(
      ticks.filter((line) => !/['"][^'"]*`/.test(line)),
      [],
      path,
    )
  }
})
