import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainText, previewOf } from './plain-text.ts'

const cases: [string, string, string][] = [
  ['no header at all', 'Contenido\r\n', 'Contenido'],
  ['empty', '', ''],
  ['an empty line', '\r\n', ''],
  ['lines', 'A: b\r\n\r\n\r\n  one\r\n\r\ntwo  \r\n\r\n', '  one\n\ntwo'],
  ['8-bit Latin-1', 'A: b\r\n\r\n\xf1\r\n', 'ñ'],
  ['8-bit UTF-8', 'A: b\r\n\r\n\xc3\xb1\r\n', 'ñ'],
  ['NULs and controls', 'A: b\r\n\r\na\0b\x1b[1mc\td\re', 'ab[1mc\td\ne'],
  [
    'base64',
    'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nSG9sYSDDsWFuZMO6IOKckw==',
    'Hola ñandú ✓',
  ],
  [
    'quoted-printable',
    'Content-Transfer-Encoding: quoted-printable\n\nHola =C3=B1and=C3=BA =E2=9C=93',
    'Hola ñandú ✓',
  ],
  ['HTML only', 'Content-Type: text/html\n\n<p>Hola &ntilde;</p><script>x</script>', 'Hola ñ'],
  [
    'plain before HTML',
    'Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>html\n--b\n\nplain\n--b--',
    'plain',
  ],
  [
    'an empty part first',
    'Content-Type: multipart/mixed; boundary=b\n\n--b\n\n\n--b\n\nsecond\n--b--',
    'second',
  ],
  ['attachment only', 'Content-Type: application/pdf\n\nxxxx', ''],
  ['image only', 'Content-Type: image/png\n\nxxxx', ''],
  ['unsafe charset', 'Content-Type: text/plain; charset=utf-7\n\n+ADw-b+AD4-', '+ADw-b+AD4-'],
]

test('the readable text is found and decoded', () => {
  for (const [name, text, expected] of cases) {
    assert.equal(plainText(Buffer.from(text, 'latin1'), 1000), expected, name)
  }
})

test('text is cut at whole characters', () => {
  const smiles = Buffer.from(`A: b\n\n${'😀'.repeat(100)}`)
  assert.equal(plainText(smiles, 5), '😀😀')
  assert.equal(plainText(smiles, 6), '😀😀😀')
  assert.equal(plainText(smiles.subarray(0, 13), 100), '😀')
  assert.equal(previewOf('a \r\n\t b '), 'a b')
  assert.equal(previewOf('😀'.repeat(200)).length, 256)
  assert.equal(previewOf(`x${'😀'.repeat(200)}`).length, 255)
})
