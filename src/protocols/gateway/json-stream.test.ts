// The end of an object, found wherever the bytes are cut; garbage told at its first byte.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadObject, JsonStream } from './json-stream.ts'

const limits = { objectMaxBytes: 1024 * 1024, depthMax: 4 }

function feed(parts: readonly Uint8Array[]): { object: string; rest: string } | undefined {
  const stream = new JsonStream(limits)
  for (const [n, part] of parts.entries()) {
    const framed = stream.push(Buffer.from(part))
    if (!framed) continue
    const rest = Buffer.concat([framed.rest, ...parts.slice(n + 1)])
    return { object: framed.object.toString(), rest: rest.toString() }
  }
  return undefined
}

const whole: readonly [text: string, object: string, rest: string][] = [
  ['{}', '{}', ''],
  [' \r\n\t{}', '{}', ''],
  ['{"a":"b"}\n{"c":1}', '{"a":"b"}', '\n{"c":1}'],
  ['{"a":{"b":[1,-2.5e+7,true,null,[]]}}x', '{"a":{"b":[1,-2.5e+7,true,null,[]]}}', 'x'],
  ['{"a":"}{][,:"}', '{"a":"}{][,:"}', ''],
  ['{"a":"\\""}}', '{"a":"\\""}', '}'],
  ['{"a":"\\\\"}"', '{"a":"\\\\"}', '"'],
  ['{"a":"\\\\\\"}"}', '{"a":"\\\\\\"}"}', ''],
  ['{"a":"it\'s ✓ ñ — {don’t}"} ', '{"a":"it\'s ✓ ñ — {don’t}"}', ' '],
  ['{\'a\': \'say "}"\', "b": "it\'s"}', '{\'a\': \'say "}"\', "b": "it\'s"}', ''],
  ["{'a': 'it\\'s}'}", "{'a': 'it\\'s}'}", ''],
  ['{"a" : 1 , "b" : [ ] }', '{"a" : 1 , "b" : [ ] }', ''],
]

for (const [text, object, rest] of whole)
  test(`an object ends where it ends, however it is cut: ${JSON.stringify(text)}`, () => {
    const bytes = Buffer.from(text)
    for (let at = 0; at <= bytes.length; at++)
      assert.deepEqual(feed([bytes.subarray(0, at), bytes.subarray(at)]), { object, rest })
    assert.deepEqual(feed([...bytes].map((byte) => Buffer.of(byte))), { object, rest })
  })

const incomplete = ['', ' ', '{', '{"', '{"a":"\\"}', '{"a":[{}', '{"a":"}"', '\ufeff', '{"a":tru']

for (const text of incomplete)
  test(`an object that may still go on is waited for: ${JSON.stringify(text)}`, () => {
    assert.equal(feed([Buffer.from(text)]), undefined)
  })

const garbage: readonly [text: string, why: RegExp][] = [
  ['[', /"\[" where "{"/],
  ['GET / HTTP/1.1', /G where "{"/],
  ['"a"', /a string where "{"/],
  ['{not', /n where a key/],
  ['{"a" "', /a string where ":"/],
  ['{"a":}', /"}" where a value/],
  ['{"a":1 2', /2 where ","/],
  ['{"a":1,}', /"}" where a key/],
  ['{"a":[1,]', /"]" where a value/],
  ['{"a":[1}', /"}" where ","/],
  ['{"a":1]', /"]" where ","/],
  ['{"a"::', /":" where a value/],
  ['{,', /"," where a key/],
  ['{{', /"{" where a key/],
  ['{[', /"\[" where a key/],
  ['{1', /1 where a key/],
  ['{"a":#', /"#" where a value/],
  ['{"a":\0', /byte 0 where a value/],
  ['\xff\xfe', /byte 255 where "{"/],
  ['}', /"}" where "{"/],
]

for (const [text, why] of garbage)
  test(`garbage is told at its first byte: ${JSON.stringify(text)}`, () => {
    const bytes = Buffer.from(text, 'latin1')
    for (const parts of [[bytes], [...bytes].map((byte) => Buffer.of(byte))])
      assert.throws(
        () => feed(parts),
        (error) => error instanceof BadObject && error.why === 'no-json' && why.test(error.message),
      )
  })

test('depth and size have their limits, and their own words', () => {
  const deep = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
  assert.ok(feed([Buffer.from(deep(4))]))
  assert.throws(() => feed([Buffer.from(deep(5))]), { message: 'nested deeper than 4' })
  const big = (size: number) => Buffer.from(`{"a":"${'x'.repeat(size - 8)}"}`)
  assert.ok(feed([big(limits.objectMaxBytes)]))
  assert.throws(() => feed([big(limits.objectMaxBytes + 1)]), { message: /larger than 1048576/ })
  // Told before the object's end, for it may never come.
  assert.throws(() => feed([big(limits.objectMaxBytes + 9).subarray(0, -3)]), BadObject)
})

test('one stream finds one object after the other', () => {
  const stream = new JsonStream(limits)
  let bytes: Buffer = Buffer.from('{"n":1} {"n":2}{"n":3}\n{"n"')
  const found: string[] = []
  for (;;) {
    const framed = stream.push(bytes)
    if (!framed) break
    found.push(framed.object.toString())
    bytes = framed.rest
  }
  assert.deepEqual(found, ['{"n":1}', '{"n":2}', '{"n":3}'])
  assert.equal(stream.push(Buffer.from(':4}'))?.object.toString(), '{"n":4}')
})

test('time is linear: backslashes, quotes and single bytes cost what their length costs', () => {
  const costs = [
    (size: number) => [Buffer.from(`{"a":"${'\\\\'.repeat(size / 2)}`)],
    (size: number) => [Buffer.from(`{"a":"${'\\"'.repeat(size / 2)}`)],
    (size: number) => Array.from({ length: size }, (_, n) => Buffer.from(n === 0 ? '{"' : '\\')),
  ]
  for (const made of costs) {
    const time = (size: number) => {
      const parts = made(size)
      const began = performance.now()
      feed(parts)
      return performance.now() - began
    }
    time(100_000)
    const short = Math.max(1, Math.min(time(100_000), time(100_000)))
    const long = Math.min(time(800_000), time(800_000))
    assert.ok(long < 40 * short, `8 times the bytes took ${long / short} times as long`)
  }
})
