import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import { Refused } from '../base/refused.ts'
import { everyEngine } from '../store/testing/engines.ts'
import { openDirectory } from './testing/directory.ts'
import { base32, bytesOfBase32, codeOf, stepAt, stepOf, totpUri } from './totp.ts'

const where = { protocol: 'test', address: '192.0.2.1', session: 's1' }
const password = 'correct horse'

test('codes are those of the standard', () => {
  // RFC 4226 Appendix D, and RFC 6238 Appendix B with six digits.
  const secret = Buffer.from('12345678901234567890')
  const counted = Array.from({ length: 10 }, (_, n) => codeOf(secret, n))
  assert.deepEqual(counted, [
    ...['755224', '287082', '359152', '969429', '338314'],
    ...['254676', '287922', '162583', '399871', '520489'],
  ])
  assert.equal(codeOf(secret, stepAt(59_000)), '287082')
  assert.equal(codeOf(secret, stepAt(20_000_000_000_000)), '353130')
  assert.equal(base32(secret), 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')
  for (const text of ['', 'a', 'ab', 'abc', 'abcd', 'abcde', '\0\xff\0'])
    assert.equal(bytesOfBase32(base32(Buffer.from(text, 'latin1'))).toString('latin1'), text)
  assert.deepEqual(
    [-2, -1, 0, 1, 2].map((n) => stepOf(secret, codeOf(secret, 100 + n), 100 * 30_000 + 1)),
    [undefined, 99, 100, 101, undefined],
  )
  assert.equal(
    totpUri('Amplop', 'tito+x@example.com', 'ABC'),
    'otpauth://totp/Amplop:tito%2Bx%40example.com?secret=ABC&issuer=Amplop',
  )
})

everyEngine(
  'with two-factor on, a browser needs a code that is good for once',
  async (t, engine) => {
    let now = 1_800_000_000_000
    const { accounts, lines, close } = await openDirectory(t, { engine, now: () => now })
    t.after(close)
    await accounts.addDomain('example.com')
    const { id } = await accounts.addAccount('tito', password)
    const { twoFactor } = accounts
    const person = async (code: string, said = password) =>
      (await accounts.authenticator(where).person('tito', said, code)).is
    assert.equal(await person(''), 'in')
    const secret = await twoFactor.begin(id)
    assert.equal(await person(''), 'in', 'begun is not on')
    const codeNow = () => codeOf(bytesOfBase32(secret), stepAt(now))
    const wrong = (error: unknown) => error instanceof Refused && error.code === 'wrong-credentials'
    await assert.rejects(twoFactor.enable(id, '000000'), wrong)
    const recovery = await twoFactor.enable(id, codeNow())
    assert.equal(new Set(recovery).size, 10)
    assert.deepEqual([await person(''), await person(codeNow())], ['needs-code', 'wrong-code'])
    assert.equal(lines.at(-1)?.fields.why, 'the password is right, the code is not')
    now += 30_000
    const both = await Promise.all([person(codeNow()), person(codeNow())])
    assert.deepEqual(both.sort(), ['in', 'wrong-code'], 'a code that was seen is of no use')
    assert.equal(await person(codeNow(), 'wrong'), 'refused')
    const [first = '', second = ''] = recovery
    assert.deepEqual([await person(first), await person(first)], ['in', 'wrong-code'])
    assert.equal(await person(second.toUpperCase().replace('-', ' ')), 'in', 'as people type it')
    assert.equal((await twoFactor.state(id)).recoveryCodesLeft, 8)
    const fresh = await twoFactor.renewCodes(id)
    assert.deepEqual([await person(recovery[3]!), await person(fresh[0]!)], ['wrong-code', 'in'])
    assert.equal((await accounts.show('tito')).twoFactor, true)
    await twoFactor.disable(id)
    assert.equal(await person(''), 'in')
    await assert.rejects(twoFactor.renewCodes(id), Refused)
  },
)

everyEngine('with two-factor on, other programs need app passwords', async (t, engine) => {
  const { accounts, lines, close } = await openDirectory(t, { engine })
  t.after(close)
  await accounts.addDomain('example.com')
  const { id } = await accounts.addAccount('tito', password)
  const app = (await accounts.appPasswords.add('tito', 'phone')).password
  const logins = accounts.authenticator(where)
  const byScram = async (said: string) => {
    const { salt, iterations, keys, settle } = await logins.scram('tito')
    const salted = pbkdf2Sync(said, salt, iterations, 32, 'sha256')
    const key = createHmac('sha256', salted).update('Client Key').digest()
    const stored = createHash('sha256').update(key).digest()
    const index = keys.findIndex(({ storedKey }) => storedKey.equals(stored))
    return (await settle(index < 0 ? undefined : index)) !== undefined
  }
  const byPassword = async (said: string) => (await logins.password('tito', said)) !== undefined
  assert.deepEqual([await byPassword(password), await byScram(password)], [true, true])
  const secret = await accounts.twoFactor.begin(id)
  await accounts.twoFactor.enable(id, codeOf(bytesOfBase32(secret), stepAt(Date.now())))
  assert.deepEqual([await byPassword(password), await byScram(password)], [false, false])
  const why = lines.map(({ fields }) => fields.why)
  assert.ok(why.includes('two-factor is on: this needs an app password'))
  assert.deepEqual([await byPassword(app), await byScram(app)], [true, true])
  assert.equal((await logins.person('tito', app, '')).is, 'refused', 'it opens no browser')
  await accounts.twoFactor.disable(id)
  assert.deepEqual([await byPassword(password), await byScram(password)], [true, true])
})

test('who administers the server is told by its logins, at once', async (t) => {
  const { accounts, close } = await openDirectory(t)
  t.after(close)
  await accounts.addDomain('example.com')
  await accounts.addAccount('tito', password)
  const login = async () => {
    const tried = await accounts.authenticator(where).person('tito', password, '')
    return tried.is === 'in' ? tried.login : assert.fail(tried.is)
  }
  const first = await login()
  assert.equal(first.admin, undefined)
  const { secret } = await accounts.sessions.open(first, { client: '', agent: '' })
  await accounts.setAdmin('tito', true)
  assert.equal((await login()).admin, true)
  assert.equal((await accounts.sessions.find(secret))?.login.admin, true)
  await accounts.setAdmin('tito', false)
  assert.equal((await accounts.sessions.find(secret))?.login.admin, undefined)
})
