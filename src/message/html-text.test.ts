import assert from 'node:assert/strict'
import { test } from 'node:test'
import { htmlToText } from './html-text.ts'

const cases: [string, string][] = [
  ['<p>Hello <b>World</b></p><p>again</p>', 'Hello World\n\nagain'],
  ['a<br>b<BR/>c', 'a\nb\nc'],
  ['a\r\n   b\t c', 'a b c'],
  ['<head><title>t</title><style>p{}</style></head><body>x</body>', 'x'],
  ['<head><title>t</title><body>x', 'x'],
  ['<script>alert("</p>")</script>x', 'x'],
  ['<SCRIPT>if (a<b) x</ScRiPt >y', 'y'],
  ['<script>never ends', ''],
  ['x<!-- <b>no</b> -->y', 'xy'],
  ['x<!-- never ends', 'x'],
  ['<!DOCTYPE html><?xml ?>x', 'x'],
  ['1 < 2 && 3 > 2', '1 < 2 && 3 > 2'],
  ['a <', 'a <'],
  ['a <b', 'a'],
  ['&lt;script&gt; &amp;amp; &quot;&apos;&#39;', "<script> &amp; \"''"],
  ['&ntilde;&Ntilde;&eacute;&yuml;&hellip;&euro;', 'ñÑéÿ…€'],
  ['&#241;&#xF1;&#x2713;', 'ññ✓'],
  ['a&nbsp;b&shy;c', 'a bc'],
  ['&#0;&#13;&#x1b;&#xd800;&#x110000;&#99999999;&nosuch;&#xzz;', '&nosuch;'],
  ['<li>a</li><li>b</li>', 'a\n\nb'],
  ['<td>a</td><td>b</td>', 'ab'],
  ['', ''],
]

test('HTML becomes the text that a reader would see', () => {
  for (const [html, text] of cases) assert.equal(htmlToText(html), text, html)
})
