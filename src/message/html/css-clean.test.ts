import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../base/testing/property.ts'
import { cleanDeclarations, cleanStyleSheet } from './css-clean.ts'
import { cssTokens, written } from './css-tokens.ts'

const none = () => undefined
const some = (url: string) => `/p?${encodeURIComponent(url)}`

const declared: readonly (readonly [string, string])[] = [
  ['color: red; ; background : #FFF', 'color:red;background:#FFF'],
  ['font: 12px/1.5 "Open Sans", serif', 'font:12px/1.5 "Open Sans", serif'],
  ['width: calc(100% - 3px)!important', 'width:calc(100% - 3px)!important'],
  ['co\\6c or: r\\65 d', 'color:red'],
  ['color: rgb(1, 2, 3', 'color:rgb(1, 2, 3)'],
  ['color: red) ; width: 1px', 'width:1px'],
  ['background: url(x)', ''],
  ['background: url("x', ''],
  ['--x: red; color: var(--x)', ''],
  ['position: fixed', ''],
  ['position: relative', 'position:relative'],
  ['width: expression(alert(1)); height: 2px', 'height:2px'],
  ['behavior: url(#x); -moz-binding: url(x)', ''],
  ['font-family: "a\\"b</style>"', 'font-family:"a\\22 b\\3c /style\\3e "'],
  ['color: red /* ; } */ ; margin: 0', 'color:red;margin:0'],
]

test('declarations that only change the look are kept, written in one way', () => {
  for (const [given, kept] of declared) assert.equal(cleanDeclarations(given, none), kept, given)
})

test('a picture is kept where it may be had, in backgrounds only', () => {
  const url = encodeURIComponent('https://a.example/b.png')
  const css = 'background: #fff url( "https://a.example/b.png" ) no-repeat'
  assert.equal(cleanDeclarations(css, some), `background:#fff url("/p?${url}") no-repeat`)
  assert.equal(cleanDeclarations('cursor: url(https://a.example/b.png), auto', some), '')
})

const sheets: readonly (readonly [string, string])[] = [
  ['.a > p:hover, #b { color: red }', '.a > p:hover, #m-b{color:red}\n'],
  [
    '@media screen and (max-width: 600px) { .a { width: 100% } }',
    '@media screen and (max-width: 600px){.a{width:100%}\n}\n',
  ],
  ['@import "x"; p { color: red }', 'p{color:red}\n'],
  ['@font-face { src: url(x) } p { color: red }', 'p{color:red}\n'],
  ['@supports (a) { p { color: red } } b { color: blue }', 'b{color:blue}\n'],
  ['p[class] { color: red } b { color: blue }', 'b{color:blue}\n'],
  ['} p { color: red', 'p{color:red}\n'],
  ['<!-- p { color: red } -->', 'p{color:red}\n'],
  ['p { color: red; & b { color: blue } } i { color: green }', 'p{color:red}\ni{color:green}\n'],
]

test('of a sheet, rules for elements and widths are kept', () => {
  for (const [given, kept] of sheets) assert.equal(cleanStyleSheet(given, none), kept, given)
})

test('whatever is written, reads the same again and closes no style element', () => {
  const pieces = [
    'a',
    '\\',
    '"',
    "'",
    '(',
    ')',
    '{',
    '}',
    ';',
    ':',
    'url(',
    '/*',
    '*/',
    '@media',
    '#',
    '<',
    '/',
    ' ',
    '\n',
    '-',
    '1',
    '!',
    ',',
    'é',
    '\\41 ',
  ]
  const css = fc.array(fc.constantFrom(...pieces), { maxLength: 40 })
  fc.assert(
    fc.property(css, (parts) => {
      const once = cleanStyleSheet(parts.join(''), none)
      assert.equal(cleanStyleSheet(once.replaceAll('#m-', '#'), none), once)
      assert.doesNotMatch(once, /</)
      const tokens = cssTokens(parts.join(''), 1000)
      assert.ok(cssTokens(tokens.map(written).join(''), 1000).length <= tokens.length + 40)
    }),
    { numRuns: 2000 },
  )
})
