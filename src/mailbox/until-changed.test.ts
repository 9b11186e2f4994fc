import assert from 'node:assert/strict'
import { it } from 'node:test'
import { alone } from '../store/notifier.ts'
import type { Change } from './change.ts'
import { ChangeFeed } from './change-feed.ts'
import { UntilChanged } from './until-changed.ts'

const change = (account: string): Change => ({
  account,
  modseq: 2,
  mailbox: 'inbox',
  kind: 'flags',
})

it('an answer is kept until something of its account changes', async () => {
  const changes = new ChangeFeed()
  const kept = new UntilChanged<number>(changes, 2)
  let asked = 0
  const ask = async () => ++asked
  const about = { account: 'a1', about: 'inbox' }
  assert.equal(await kept.of(about, ask), 1)
  changes.publish(change('a2'))
  assert.equal(await kept.of(about, ask), 1)
  changes.publish(change('a1'))
  assert.equal(kept.get('a1', 'inbox'), undefined)
  assert.equal(await kept.of(about, ask), 2)
  // What was asked before a change and answered after it is not kept.
  changes.publish(change('a1'))
  const late = kept.of(about, async () => {
    changes.publish(change('a1'))
    return ++asked
  })
  assert.equal(await late, 3)
  assert.equal(await kept.of(about, ask), 4)
  // No more than so many are kept.
  await kept.of({ account: 'a1', about: 'sent' }, ask)
  await kept.of({ account: 'a1', about: 'junk' }, ask)
  assert.equal(kept.get('a1', 'inbox'), undefined)
  assert.equal(kept.get('a1', 'junk'), 6)
})

it('more accounts than are counted forget nothing that changed', async () => {
  const changes = new ChangeFeed(alone, 10)
  const kept = new UntilChanged<string>(changes, 100)
  await kept.of({ account: 'a1', about: 'x' }, async () => 'old')
  changes.publish(change('a1'))
  for (let n = 0; n < 30; n++) changes.publish(change(`b${n}`))
  assert.equal(kept.get('a1', 'x'), undefined)
  assert.equal(await kept.of({ account: 'a1', about: 'x' }, async () => 'new'), 'new')
})

it('nothing is kept beside other processes', async () => {
  const kept = new UntilChanged<number>(new ChangeFeed({ ...alone, others: true }), 10)
  let asked = 0
  const about = { account: 'a1', about: 'inbox' }
  for (let n = 1; n <= 2; n++) assert.equal(await kept.of(about, async () => ++asked), n)
})
