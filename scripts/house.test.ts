import assert from 'node:assert/strict'
import test from 'node:test'
import { floors, houseProblems } from './house.ts'

const head = '// Knows nothing.\n'
const problems = (path: string, text: string) => houseProblems([{ path, text: head + text }])

test('a house in order has nothing to report', () => {
  assert.deepEqual(
    problems(
      'protocols/smtp/session.ts',
      "import { a } from './grammar.ts'\nimport { b } from '../../wire/inbox.ts'\n",
    ),
    [],
  )
  assert.deepEqual(problems('delivery/intake.ts', "import { a } from '../store/sql.ts'\n"), [])
})

const wrong: readonly [what: string, path: string, text: string, said: RegExp][] = [
  [
    'an arrow upward',
    'store/a.ts',
    "import { x } from '../mailbox/b.ts'\n",
    /store may not know mai/,
  ],
  [
    'a type is an import',
    'wire/a.ts',
    "import type { X } from '../store/sql.ts'\n",
    /may not know/,
  ],
  [
    'a re-export is an import',
    'wire/a.ts',
    "export { x } from '../store/sql.ts'\n",
    /may not know/,
  ],
  ['a late import', 'base/a.ts', "const x = await import('../wire/b.ts')\n", /base may not know/],
  [
    'an import over several lines',
    'message/a.ts',
    "import {\n  one,\n  two,\n} from '../store/sql.ts'\n",
    /message may not know store/,
  ],
  [
    'closets are strangers',
    'protocols/pop3/a.ts',
    "import { x } from '../smtp/session.ts'\n",
    /protocols may not know protocols\/smtp/,
  ],
  [
    'a closet and the store',
    'protocols/smtp/a.ts',
    "import '../../store/sql.ts'\n",
    /not know store/,
  ],
  [
    'outside the house',
    'base/a.ts',
    "import { x } from '../../scripts/a.ts'\n",
    /outside the house/,
  ],
  ['no file suffix', 'base/a.ts', "import { x } from './b'\n", /without \.ts/],
  ['mutable state', 'base/a.ts', 'export let count = 0\n', /mutable state/],
  ['a wide comment', 'base/a.ts', `// ${'word '.repeat(25)}\n`, /wider than 100/],
  ['a long file', 'base/a.ts', '\n'.repeat(400), /401 lines/],
  ['a file named utils', 'base/string-utils.ts', '', /says nothing/],
  ['a Manager', 'base/a.ts', 'export class QueueManager {}\n', /QueueManager/],
  [
    'deep nesting',
    'base/a.ts',
    [
      'function f(): void {',
      '  for (;;) {',
      '    if (a) {',
      '      while (b) {',
      '        if (c) {',
      '        }',
      '      }',
      '    }',
      '  }',
      '}\n',
    ].join('\n'),
    /nested 4 deep/,
  ],
]
for (const [what, path, text, said] of wrong)
  test(`reported: ${what}`, () => {
    const found = problems(path, text)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0]!, said)
  })

test('reported: files that import each other', () => {
  const found = houseProblems([
    { path: 'base/a.ts', text: `${head}import type { B } from './b.ts'\n` },
    { path: 'base/b.ts', text: `${head}import { a } from './a.ts'\n` },
  ])
  assert.deepEqual(found, ['import circle: base/a.ts -> base/b.ts -> base/a.ts'])
})

test('floors are computed, and a circle of rooms has none', () => {
  assert.deepEqual(floors()[0], ['base'])
  assert.deepEqual(floors().at(-1), ['cli'])
  assert.throws(() => floors({ a: ['b'], b: ['a'], base: [] }), /cycle: a, b/)
})
