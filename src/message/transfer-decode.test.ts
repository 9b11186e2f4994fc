import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeTransfer } from './transfer-decode.ts'

const cases: [encoding: string, coded: string, decoded: string][] = [
  ['base64', 'SGVsbG8=', 'Hello'],
  ['base64', 'SGVs\r\nbG8=\r\n', 'Hello'],
  ['base64', 'SGVsbG8', 'Hello'],
  ['base64', 'SG*Vs bG8!=', 'Hello'],
  ['base64', 'SGVsbG8=SGVsbG8=', 'HelloHello'],
  ['base64', 'S\nG\nV\ns\nbG8=\n=\n=', 'Hello'],
  ['base64', '', ''],
  ['base64', '====', ''],
  ['quoted-printable', 'a=3Db', 'a=b'],
  ['quoted-printable', 'a=3db=C3=B1', 'a=b\xc3\xb1'],
  ['quoted-printable', 'one=\r\n two', 'one two'],
  ['quoted-printable', 'one= \t\r\ntwo', 'onetwo'],
  ['quoted-printable', 'one=\ntwo', 'onetwo'],
  ['quoted-printable', 'one=', 'one'],
  ['quoted-printable', 'a=ZZ=4', 'a=ZZ=4'],
  ['quoted-printable', 'a=b', 'a=b'],
  ['quoted-printable', 'plain\r\n', 'plain\r\n'],
  ['quoted-printable', '==3D=', '=='],
  ['7bit', 'a=3D', 'a=3D'],
  ['x-uuencode', 'begin', 'begin'],
]

test('encodings are undone, mistakes are kept as text or left out', () => {
  for (const [encoding, coded, decoded] of cases) {
    const bytes = decodeTransfer(Buffer.from(coded, 'latin1'), encoding)
    assert.equal(bytes.toString('latin1'), decoded, `${encoding} ${JSON.stringify(coded)}`)
  }
})

test('the output has the size asked for at most', () => {
  const base64 = Buffer.from(Buffer.alloc(1000, 'x').toString('base64'))
  for (const max of [0, 1, 2, 3, 10, 999, 1000, 1001]) {
    assert.equal(decodeTransfer(base64, 'base64', max).length, Math.min(max, 1000))
    const quoted = Buffer.from('=41'.repeat(1000))
    assert.equal(decodeTransfer(quoted, 'quoted-printable', max).length, Math.min(max, 1000))
    assert.equal(decodeTransfer(Buffer.alloc(1000), '8bit', max).length, Math.min(max, 1000))
  }
})
