// Builds what is published into dist/: JavaScript where the TypeScript was, the pages as they are,
// and a package.json without what only a clone needs.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesIn, root } from './files.ts'

const dist = join(root, 'dist')
const project = join(root, 'tsconfig.build.json')

rmSync(dist, { recursive: true, force: true })
execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', project], { stdio: 'inherit' })
const pages = filesIn('webmail', (path) => !/(\.ts|tsconfig\.json)$/.test(path))
for (const path of [
  ...pages,
  'bin/amplop',
  'bin/package.json',
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
])
  copy(path)

const published = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
for (const part of ['scripts', 'devDependencies', 'optionalDependencies']) delete published[part]
// The types of hooks import nothing: they are their own declarations.
const types = 'src/delivery/hooks/types'
cpSync(join(root, `${types}.ts`), join(dist, `${types}.d.ts`))
published.exports['./hooks'] = { types: `./${types}.d.ts`, default: `./${types}.js` }
published.engines = { node: '>=24.15' }
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)

function copy(path: string): void {
  mkdirSync(dirname(join(dist, path)), { recursive: true })
  cpSync(join(root, path), join(dist, path))
}
