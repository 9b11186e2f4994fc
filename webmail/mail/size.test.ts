import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadAssets } from '../../src/wire/http-assets.ts'
import type { HttpRequest } from '../../src/wire/http-types.ts'

const folders = [join(import.meta.dirname, '../look'), import.meta.dirname]
const names = folders.flatMap((folder) =>
  readdirSync(folder).filter((name) => /\.(html|css|js|svg)$/.test(name)),
)
const squire = fileURLToPath(import.meta.resolve('squire-rte'))
const request = { headers: { 'accept-encoding': 'gzip' } } as unknown as HttpRequest

/** What each kind may weigh in gzip; the editor is loaded with the first letter. */
const capsBytes = { js: 120_000, css: 22_000, editor: 20_000 } as const

test('what the page loads stays within its weight', () => {
  const assets = loadAssets(folders, '/mail/assets/', { 'squire.js': squire })
  const weigh = (all: readonly string[]) =>
    all.reduce((sum, name) => {
      const { body } = assets.answer(request, name)
      return sum + (body instanceof Uint8Array ? body.length : Number.NaN)
    }, 0)
  const ending = (end: string) => names.filter((name) => name.endsWith(end))
  const sizes = {
    js: weigh(ending('.js')),
    css: weigh(ending('.css')),
    editor: weigh(['squire.js']),
  }
  for (const [kind, max] of Object.entries(capsBytes)) {
    const size = sizes[kind as keyof typeof sizes]
    assert.ok(size <= max, `${kind}: ${size} bytes, more than ${max}`)
  }
})

test('only one source makes a document of text', () => {
  const sinks =
    /\.innerHTML\s*=|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|DOMParser|setHTML\(|createContextualFragment/
  for (const folder of folders)
    for (const name of readdirSync(folder).filter((each) => each.endsWith('.js'))) {
      // The editor's own way in, which cleans what it is given.
      const source = readFileSync(join(folder, name), 'utf8').replaceAll('#rich.setHTML(', '')
      if (basename(name) === 'html-here.js') continue
      assert.equal(sinks.exec(source)?.[0], undefined, name)
    }
})
