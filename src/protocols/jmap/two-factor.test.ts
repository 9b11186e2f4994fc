import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOfBase32, codeOf, stepAt } from '../../accounts/totp.ts'
import { JmapClient, openJmap, password } from './testing/server.ts'

test('a person turns two-factor on, comes in with a code, and turns it off', async (t) => {
  const jmap = await openJmap(t)
  const { account } = jmap.client('tito')
  const login = async (code?: string) => {
    const answer = await fetch(`${jmap.url}/login`, {
      method: 'POST',
      body: JSON.stringify({ name: 'tito@example.com', password, code }),
      headers: { 'content-type': 'application/json' },
    })
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    const { error = '' } = (await answer.json()) as { error?: string }
    return { error, browser: new JmapClient(jmap.url, account, '', cookie) }
  }
  const byPassword = await jmap.client('tito').call('TwoFactor/set', {
    update: { singleton: { begin: true, password } },
  })
  assert.equal(byPassword.error.type, 'forbidden', 'not without a session')
  const { browser } = await login()
  const other = (await login()).browser
  const set = async (patch: object) => {
    const answer = await browser.call('TwoFactor/set', { update: { singleton: patch } })
    return answer.notUpdated?.singleton ?? answer.updated.singleton
  }
  assert.equal((await set({ begin: true, password: 'wrong' })).type, 'forbidden')
  const { secret, uri } = await set({ begin: true, password })
  assert.match(uri, /^otpauth:\/\/totp\/Amplop:tito%40example\.com\?secret=[A-Z2-7]{32}&/)
  const code = (steps: number) => codeOf(bytesOfBase32(secret), stepAt(Date.now()) + steps)
  assert.equal((await set({ isEnabled: true, code: '12' })).type, 'forbidden')
  const { recoveryCodes } = await set({ isEnabled: true, code: code(0) })
  await assert.rejects(other.call('TwoFactor/get'), /401/, 'others come in anew')
  assert.equal((await login()).error, 'needs-code')
  assert.equal((await login('000000')).error, 'wrong-code')
  const again = await login(code(1))
  assert.equal(again.error, '')
  const [state] = (await again.browser.call('TwoFactor/get')).list
  assert.deepEqual([state.isEnabled, state.recoveryCodesLeft], [true, 10])
  assert.equal((await set({ isEnabled: false, password })).type, 'forbidden')
  assert.equal((await set({ isEnabled: false, password, code: recoveryCodes[0] })).type, undefined)
  assert.equal((await login()).error, '')
})
