import assert from 'node:assert/strict'
import { test } from 'node:test'
import { areKeys, encrypted } from './encrypt.ts'

const keys = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
}

test('the example of RFC 8291 §5 comes out as it stands there', () => {
  const drawn = {
    privateKey: Buffer.from('yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw', 'base64url'),
    salt: Buffer.from('DGv6ra1nlYgDCS1FRnbzlw', 'base64url'),
  }
  const plain = Buffer.from('When I grow up, I want to be a watermelon')
  assert.equal(
    encrypted(plain, keys, drawn).toString('base64url'),
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml' +
      'mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT' +
      'pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  )
})

test('what is no key is known before anything is sent', () => {
  assert.equal(areKeys(keys), true)
  assert.equal(areKeys({ ...keys, auth: 'short' }), false)
  assert.equal(areKeys({ ...keys, p256dh: keys.p256dh.slice(2) }), false)
  assert.equal(areKeys({ ...keys, p256dh: Buffer.alloc(65, 4).toString('base64url') }), false)
})
