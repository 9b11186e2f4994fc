import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAddress, needsSmtpUtf8 } from './address.ts'
import { parsePath } from './path.ts'

/** "address|PARAM=value", with "bare" in front where no brackets were written; or the error. */
function shown(text: string, lenient: boolean, smtpUtf8 = false): string {
  const path = parsePath(text, { lenient, smtpUtf8 })
  if ('error' in path) return `! ${path.error}`
  const address = path.address === null ? '<>' : formatAddress(path.address)
  const params = [...path.params].map(([key, value]) => `|${key}=${value}`).join('')
  return `${path.bare ? 'bare ' : ''}${address}${params}`
}

const both: [string, string][] = [
  ['<a@b>', 'a@b'],
  ['<>', '<>'],
  ['<postmaster>', 'postmaster'],
  ['<PostMaster>', 'PostMaster'],
  ['<ketua@kelompoksatu.com> size=375', 'ketua@kelompoksatu.com|SIZE=375'],
  ['<a@b> SIZE=10 BODY=8BITMIME SMTPUTF8', 'a@b|SIZE=10|BODY=8BITMIME|SMTPUTF8='],
  ['<>  body=7bit', '<>|BODY=7bit'],
  ['<a@b> AUTH=<>', 'a@b|AUTH=<>'],
  ['<a@b> \t', 'a@b'],
  ['<"a>b c"@d> RET=HDRS', '"a>b c"@d|RET=HDRS'],
  ['<"a\\"> x"@d>', '"a\\"> x"@d'],
  ['<@a,@b:user@c>', 'user@c'],
  ['<@us:u@o>', 'u@o'],
  ['<@us,@x:u@o>', 'u@o'],
  ['<u@[127.0.0.1]>', 'u@[127.0.0.1]'],
  ['<a/b@D>', 'a/b@d'],
]

test('the argument of MAIL and RCPT as RFC 5321 has it, strict or lenient', () => {
  for (const [text, expected] of both) {
    assert.equal(shown(text, false), expected, text)
    assert.equal(shown(text, true), expected, text)
  }
})

const lenientOnly: [string, string][] = [
  [' <a@b>', 'a@b'],
  ['\t<a@b>', 'a@b'],
  ['a@b', 'bare a@b'],
  [' a@b', 'bare a@b'],
  [' user@smtpd.com SIZE=10', 'bare user@smtpd.com|SIZE=10'],
  [' user2', 'bare user2'],
  ['user2', 'bare user2'],
  ['<user2>', 'user2'],
  [' <User>@smtpd.com', 'User@smtpd.com'],
  ['<User>@smtpd.com SIZE=1', 'User@smtpd.com|SIZE=1'],
  [' "a b"@c BODY=7BIT', 'bare "a b"@c|BODY=7BIT'],
  ['@us:u@o', 'bare u@o'],
  ['o!u', 'bare o!u'],
  ['%00', 'bare %00'],
]

test('what people type by hand is taken in lenient mode and in no other', () => {
  for (const [text, expected] of lenientOnly) {
    assert.equal(shown(text, true), expected, text)
    assert.match(shown(text, false), /^! /, text)
  }
})

const neither = [
  '',
  ' ',
  '<',
  '>',
  '<a@b',
  'a@b>',
  '<<a@b>>',
  '<a@b>>',
  '<a@b>x',
  '<a@b>SIZE=1',
  '<a@b>\tSIZE=1',
  '<a@b>@c',
  '<>@c',
  '< a@b >',
  'Tito <a@b>',
  '<a@b\r>',
  '<a@b>\r',
  '<a@b\n>',
  '<a@b\0>',
  '<a@b> SIZE=1\0',
  ' ../../evil',
  '<../../evil>',
  '.',
  '..',
  '<.>',
  '<a@@b>',
  '<u@o@us>',
  '<u\\@o@us>',
  '<u(x)@o>',
  '<u@o.>',
  '<u@>',
  '<@us>',
  '<@us:>',
  '<@us u@o>',
  '<us:u@o>',
  '<@us,x:u@o>',
  '<@:u@o>',
  '<""@x>',
  '""',
  '"a',
  `<${'x'.repeat(300)}@b>`,
  `${'x'.repeat(300)}`,
  '<a@b> SIZE=',
  '<a@b> =1',
  '<a@b> SIZE=1 size=2',
  '<a@b> SI/ZE=1',
  '<a@b> SIZE=1=2',
  '<a@b> -X',
]

test('what is no path is refused in both modes', () => {
  for (const text of neither) {
    assert.match(shown(text, false), /^! ./, JSON.stringify(text))
    assert.match(shown(text, true), /^! ./, JSON.stringify(text))
  }
})

test('UTF-8 needs SMTPUTF8, in the transaction or as a parameter', () => {
  assert.equal(shown('<ñ@o>', false), `! ${needsSmtpUtf8}`)
  assert.equal(shown('<ñ@o>', false, true), 'ñ@o')
  assert.equal(shown('<ñ@o> SMTPUTF8', false), 'ñ@o|SMTPUTF8=')
  assert.match(shown('<u@o．test> SMTPUTF8', false), /^! /)
})
