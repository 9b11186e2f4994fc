import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oneClickOf } from './unsubscribe.ts'

const promise = 'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n'
const of = (header: string) => oneClickOf(Buffer.from(`${header}\r\n`))

test('one request is enough where the list promises so, at an https address only', () => {
  const folded = 'List-Unsubscribe: <mailto:u@l.example>,\r\n <https://l.example/u?x=1>\r\n'
  assert.equal(of(folded + promise), 'https://l.example/u?x=1')
  assert.equal(of(folded), undefined)
  assert.equal(of(`List-Unsubscribe: <http://l.example/u>\r\n${promise}`), undefined)
  assert.equal(of(`List-Unsubscribe: <mailto:u@l.example>\r\n${promise}`), undefined)
  assert.equal(of(folded + folded + promise), undefined)
  assert.equal(of(folded + promise + promise), undefined)
})
