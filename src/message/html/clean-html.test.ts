import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DefaultTreeAdapterTypes, parse } from 'parse5'
import { attributes, attributesOf, elements } from './allowed.table.ts'
import { cleanHtml, type HtmlWish } from './clean-html.ts'
import { attack, attacks, leaks } from './testing/attacks.table.ts'

const page: HtmlWish = {
  as: 'page',
  part: (cid) => (cid === 'logo@x' ? '/mail/part/a/e/2' : undefined),
  remote: () => undefined,
}
const shown: HtmlWish = { ...page, remote: (url) => `/mail/picture?u=${encodeURIComponent(url)}` }
const quote: HtmlWish = { ...page, as: 'quote' }

const body = (html: string, wish = page) => cleanHtml(html, wish).body

type Node = DefaultTreeAdapterTypes.ChildNode

/** Everything a browser would make of what was written, once more. */
function* elementsOf(html: string): Generator<DefaultTreeAdapterTypes.Element> {
  const left: Node[] = [...parse(html, { scriptingEnabled: false }).childNodes]
  while (left.length > 0) {
    const node = left.pop()!
    if ('childNodes' in node) left.push(...node.childNodes)
    if ('tagName' in node) yield node
  }
}

const given = ['src', 'href', 'target', 'rel', 'style', 'class', 'id', 'data-host', 'data-src']

/** What of it is on no list. */
function strange(html: string): string[] {
  const found: string[] = []
  for (const { tagName, attrs, namespaceURI } of elementsOf(`<body>${html}`)) {
    if (['html', 'head', 'body'].includes(tagName)) continue
    if (!elements.has(tagName) || !namespaceURI.endsWith('xhtml')) found.push(tagName)
    const known = { ...attributes, ...attributesOf[tagName] }
    for (const { name, value } of attrs) {
      if (!(name in known) && !given.includes(name)) found.push(`${tagName} ${name}`)
      if (name === 'src' && !/^(?:\/mail\/(?:part|picture)|data:image\/(?!svg))/.test(value))
        found.push(`src ${value}`)
      if (name === 'href' && !/^(?:https?:|mailto:|tel:|#m-)/.test(value))
        found.push(`href ${value}`)
    }
  }
  return found
}

test('of every attack only what is on the list is left, also when it is read again', () => {
  assert.ok(attacks.length >= 200)
  for (const pattern of [...attacks, ...leaks]) {
    const html = attack(pattern, 'tracker.example', 'alert(1)')
    for (const wish of [page, shown, quote]) {
      const clean = cleanHtml(html, wish)
      assert.deepEqual(strange(clean.body), [], html)
      assert.deepEqual(strange(`<p ${clean.bodyAttributes}>`), [], html)
      assert.doesNotMatch(clean.styles, /@import|expression|javascript|<|position:\s*fixed/i, html)
      const loaded = wish === shown ? /tracker\.example(?![/%])/ : /url\(|\ssrc="\/mail\/picture/
      assert.doesNotMatch(clean.styles.replaceAll(/\/mail\/picture\?u=[^"]*/g, ''), loaded, html)
    }
  }
})

test('with no picture asked for, no address of a stranger is left but those of links', () => {
  for (const pattern of [...attacks, ...leaks]) {
    const clean = cleanHtml(attack(pattern, 'tracker.example', 'alert(1)'), page)
    const rest = clean.body.replaceAll(/ (?:href|title)="[^"]*"/g, '').replaceAll(/>[^<]*</g, '><')
    assert.doesNotMatch(rest + clean.styles + clean.bodyAttributes, /tracker/, pattern)
  }
})

test('what newsletters are made of stays as it looks', () => {
  const html =
    '<body bgcolor="#eee" style="margin:0"><style>@media (max-width:600px){.a{width:100%!important}}</style>' +
    '<table width="600" cellpadding="0" align="center"><tr><td style="font-family:Arial,sans-serif;' +
    'padding:4px 8px;background-color:#fff;border-radius:4px" class="a" valign="top">Hi <b>you</b></td></tr></table>'
  const clean = cleanHtml(html, page)
  assert.equal(clean.bodyAttributes, ' bgcolor="#eee" style="margin:0"')
  assert.equal(clean.styles.trim(), '@media (max-width:600px){.a{width:100%!important}\n}')
  assert.equal(
    clean.body,
    '<table width="600" cellpadding="0" align="center"><tbody><tr><td valign="top" style="' +
      'font-family:Arial,sans-serif;padding:4px 8px;background-color:#fff;border-radius:4px" ' +
      'class="a">Hi <b>you</b></td></tr></tbody></table>',
  )
})

test('a quotation keeps the look of each part, without sheets, classes and names', () => {
  const html = '<style>p{color:red}</style><p class="a" id="app" style="color:blue">x</p>'
  assert.equal(body(html, quote), '<p style="color:blue">x</p>')
  const picture = body('<img src="https://t.example/a.png" alt="A">', quote)
  assert.equal(picture, '<img alt="A" data-src="https://t.example/a.png">')
})

test('links open elsewhere and say where they lead when their text says otherwise', () => {
  const link = body('<a href="https://evil.example/x" target="_top">https://bank.co.id/login</a>')
  assert.match(link, /^<a href="https:\/\/evil\.example\/x" target="_blank" rel="noopener noref/)
  assert.match(link, /<bdi data-host[^>]*> → evil\.example <\/bdi>$/)
  for (const text of ['bank.co.id', 'www.bank.co.id/x', 'click here', 'Bank'])
    assert.doesNotMatch(body(`<a href="https://login.bank.co.id/">${text}</a>`), /bdi/, text)
  assert.match(body('<a href="https://xn--bnk-ppa.example/">bank.example</a>'), /bdi/)
  assert.match(
    body('<a href="https://bank.co.id@evil.example/">bank.co.id</a>'),
    /evil\.example <\/bdi>/,
  )
})

test('pictures of the message are shown; those from elsewhere are counted and held back', () => {
  const html =
    '<img src="cid:logo@x"><img src="cid:logo%40x"><img src="CID:none"><img src="//a.example/1.png">' +
    '<img src="https://a.example/2.png" width="1" height="1"><p style="background:url(//a.example/3)">'
  const held = cleanHtml(html, page)
  assert.equal(held.blocked, 3)
  assert.deepEqual(held.parts, ['logo@x'])
  assert.equal(held.body.match(/src="\/mail\/part\/a\/e\/2"/g)?.length, 2)
  const asked = cleanHtml(html, shown)
  // What nobody can see stays away.
  assert.equal(asked.blocked, 1)
  assert.match(asked.body, /src="\/mail\/picture\?u=https%3A%2F%2Fa\.example%2F1\.png"/)
  assert.match(asked.body, /background:url\(&quot;\/mail\/picture/)
})

test('text stays text, and lines stay lines', () => {
  assert.equal(body('a &lt;b&gt; &amp; "c"'), 'a &lt;b&gt; &amp; "c"')
  assert.equal(body('<pre>\n\nx</pre>'), '<pre>\n\nx</pre>')
  assert.equal(body('<form>a<input>b<button>c</button></form>'), 'abc')
})

test('depth beyond sense costs no more than its length', () => {
  const deep = `${'<div>'.repeat(50_000)}in<b>side</b>`
  const clean = body(deep)
  assert.match(clean, /inside|in<b>side/)
  assert.ok(clean.length < 10_000)
})
