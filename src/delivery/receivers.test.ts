// Refusals as large receivers word them, and what people are told of each.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { languages } from '../base/languages.ts'
import { type Cause, causes } from './causes.table.ts'
import { causeOf } from './causes.ts'
import { causeIn, receiverCauses } from './receivers.table.ts'

const told: readonly [string, RegExp][] = [
  [
    'This mail is unauthenticated, which poses a security risk to the sender and Gmail users, and has been blocked. The sender must authenticate with at least one of SPF or DKIM.',
    /from its sender/,
  ],
  ['The IP address sending this message does not have a PTR record setup', /reverse name/],
  [
    "The IP you're using to send mail is not authorized to send email directly to our servers. Please use the SMTP relay at your service provider instead.",
    /home and dynamic/,
  ],
  [
    'Unfortunately, messages from [192.0.2.1] weren\u2019t sent. Please contact your Internet service provider since part of their network is on our block list (S3150).',
    /Microsoft blocks/,
  ],
  ['Access denied, banned sending IP [192.0.2.1]. To request removal', /has banned/],
  [
    'Access denied, sending domain example.com does not meet the required authentication level.',
    /from its sender/,
  ],
  ['The email account that you tried to reach does not exist.', /Nobody has/],
  ["The recipient's inbox is out of storage space.", /full/],
  [
    '[TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints',
    /Yahoo holds back/,
  ],
  ['[CS01] Message rejected due to local policy. https://support.apple.com/x', /Apple takes/],
  ['gmx.net (mxgmx) Nemesis ESMTP Service not available', /GMX/],
  ['IP=192.0.2.1 - Dialup/transient IP not allowed. (or write to tosa@rx.t-online.de)', /T-Online/],
  ['Service unavailable; Client host blocked using zen.spamhaus.org', /Spamhaus/],
  ['blocked, see https://www.spamcop.net/bl.shtml?192.0.2.1', /blocklist/],
  ['Greylisted, please come back later', /come again/],
]

test('the text of a refusal says more than its code', () => {
  for (const [text, cause] of told) {
    assert.match(causeIn(text)?.cause ?? `nothing of ${text}`, cause)
    assert.equal(causeOf('5.0.0', text), causeIn(text))
  }
})

test('every cause is told in every language, and no two in the same words', () => {
  const [first, ...others] = languages.map((language) => causes[language])
  for (const other of others) assert.deepEqual(Object.keys(other), Object.keys(first!))
  for (const texts of [causes, receiverCauses])
    for (const name of Object.keys(texts.en)) {
      const said = languages.map((one) => (texts[one] as Record<string, Cause>)[name]!)
      for (const part of ['cause', 'fix'] as const)
        assert.equal(new Set(said.map((one) => one[part])).size, 3, `${name} ${part}`)
    }
  assert.match(causeOf('5.2.2', '', 'id').cause, /penuh/)
  assert.match(causeOf('5.9.9', 'Greylisted', 'es').fix, /Espere/)
})

test('a text that nobody knows leaves the word to the code', () => {
  for (const text of [
    '',
    'No such user',
    'No user a@zen.example',
    'See postmaster.mail.example',
    'x'.repeat(100_000),
  ]) {
    assert.equal(causeIn(text), undefined)
    assert.match(causeOf('5.1.1', text).cause, /Nobody has this address/)
  }
})
