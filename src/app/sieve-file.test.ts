import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { newFolder } from '../store/testing/places.ts'
import { scriptProblems, tryScript } from './sieve-file.ts'

const envelope = { from: 'ana@example.net', to: 'tito@example.com', mailboxes: ['Work'] }

function files(t: TestContext, source: string) {
  const folder = newFolder(t)
  const [script, message] = [join(folder, 'a.sieve'), join(folder, 'a.eml')]
  writeFileSync(script, source)
  writeFileSync(message, 'From: boss@example.com\r\n\r\nhello\r\n')
  return { script, message, ...envelope }
}

test('a trial says what would be done, and by which rule', async (t) => {
  const trial = files(
    t,
    `require ["fileinto", "imap4flags", "mailbox", "envelope", "copy"];
# rule: Boss
if allof (header :contains "from" "boss", mailboxexists "Work", envelope "from" "ana@example.net") {
  fileinto :flags "\\\\Flagged" "Work";
  redirect :copy "b@example.org";
}`,
  )
  assert.deepEqual(await scriptProblems(trial.script), [])
  assert.deepEqual(await tryScript(trial), {
    said: [
      "file into Work with \\Flagged, by the rule 'Boss'",
      "redirect to b@example.org, by the rule 'Boss'",
    ],
    failure: '',
  })
})

test('a script that fails for a message keeps it', async (t) => {
  const trial = files(t, 'require "reject"; reject "no"; keep;')
  assert.deepEqual(await tryScript(trial), {
    said: ['keep'],
    failure: 'line 1: reject goes with no other action',
  })
})

test('what is wrong with a script has its place', async (t) => {
  const { script } = files(t, 'keep;\n  frop;')
  assert.deepEqual(await scriptProblems(script), [
    { line: 2, column: 3, text: "unknown command 'frop'" },
  ])
  writeFileSync(script, `#${'x'.repeat(300_000)}`)
  assert.match((await scriptProblems(script))[0]?.text ?? '', /larger than/)
})
