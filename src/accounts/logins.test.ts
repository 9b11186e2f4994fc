import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it, type TestContext } from 'node:test'
import { Refused } from '../base/refused.ts'
import { everyEngine } from '../store/testing/engines.ts'
import { saslPrep } from './sasl-prep.ts'
import { type DirectoryOptions, openDirectory } from './testing/directory.ts'
import { TokenCheck } from './token-check.ts'

const where = { protocol: 'test', address: '127.0.0.1', session: 's1' }

async function directory(t: TestContext, options: DirectoryOptions = {}) {
  const opened = await openDirectory(t, options)
  t.after(() => opened.close())
  await opened.accounts.addDomain('example.com')
  await opened.accounts.addAccount('tito', 'amplop')
  await opened.accounts.addAccount('iqbal', 'amplop')
  return opened
}

type Directory = Awaited<ReturnType<typeof directory>>

const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** Logs in as a client of SCRAM would, with the keys alone. */
async function byScram({ accounts }: Directory, name: string, password: string) {
  const secrets = await accounts.authenticator(where).scram(name)
  const salted = pbkdf2Sync(password, secrets.salt, secrets.iterations, 32, 'sha256')
  const stored = createHash('sha256').update(hmac(salted, 'Client Key')).digest()
  const found = secrets.keys.findIndex(
    ({ storedKey, serverKey }) =>
      storedKey.equals(stored) && serverKey.equals(hmac(salted, 'Server Key')),
  )
  return (await secrets.settle(found < 0 ? undefined : found))?.address
}

everyEngine('a password is known by SCRAM as by itself, and only it', async (t, engine) => {
  const opened = await directory(t, { engine })
  const { accounts } = opened
  assert.equal(await byScram(opened, 'tito', 'amplop'), 'tito@example.com')
  assert.equal(await byScram(opened, 'TITO@example.com', 'amplop'), 'tito@example.com')
  assert.equal(await byScram(opened, 'tito', 'Amplop'), undefined)
  await accounts.setPassword('tito', 'other')
  assert.equal(await byScram(opened, 'tito', 'amplop'), undefined)
  assert.equal(await byScram(opened, 'tito', 'other'), 'tito@example.com')
  await accounts.disable('tito')
  assert.equal(await byScram(opened, 'tito', 'other'), undefined)
  await accounts.disable('tito', false)
  // RFC 4013 §3: what is written alike is alike.
  await accounts.setPassword('tito', 'ⅨI\u00adX')
  assert.equal(await byScram(opened, 'tito', 'IXIX'), 'tito@example.com')
})

everyEngine('SCRAM tells of an unknown name what it tells of a known one', async (t, engine) => {
  const opened = await directory(t, { engine })
  const told = async (name: string) => {
    const { salt, iterations, keys } = await opened.accounts.authenticator(where).scram(name)
    return { salt: salt.toString('hex'), iterations, keys: keys.length }
  }
  for (const name of ['tito', 'nobody', 'x@example.org', 'a'.repeat(10_000)]) {
    const first = await told(name)
    assert.deepEqual(first, await told(name), 'the same each time')
    assert.equal(first.salt.length, 32)
    assert.equal(first.iterations, 60_000)
    assert.equal(first.keys, 1)
  }
  assert.deepEqual(await told('nobody'), await told('Nobody@example.com'))
  assert.notDeepEqual(await told('nobody'), await told('tito'))
  const before = await told('tito')
  await opened.accounts.setPassword('tito', 'other')
  assert.deepEqual(await told('tito'), before, 'nor does it tell of a change')
  assert.equal(await byScram(opened, 'nobody', 'amplop'), undefined)
})

everyEngine(
  'keys that are missing are made at the next login that says the password',
  async (t, engine) => {
    const opened = await directory(t, { engine })
    const { accounts, lines } = opened
    await accounts.dropScram()
    assert.equal(await byScram(opened, 'tito', 'amplop'), undefined)
    assert.ok(await accounts.authenticator(where).password('tito', 'amplop'))
    assert.equal(await byScram(opened, 'tito', 'amplop'), 'tito@example.com')
    assert.equal(await byScram(opened, 'iqbal', 'amplop'), undefined)
    assert.ok(!JSON.stringify(lines).includes('SCRAM-SHA-256$'))
  },
)

everyEngine('without SCRAM no keys are kept', async (t, engine) => {
  const opened = await directory(t, { engine, scram: false })
  const { accounts } = opened
  assert.equal(accounts.authenticator(where).offers.scram, false)
  assert.ok(await accounts.authenticator(where).password('tito', 'amplop'))
  const { password } = await accounts.appPasswords.add('tito', 'phone')
  assert.ok(await accounts.authenticator(where).password('tito', password))
  assert.equal(await byScram(opened, 'tito', 'amplop'), undefined)
  assert.equal(await byScram(opened, 'tito', password), undefined)
})

everyEngine(
  'an app password logs in as its account in every way, until it is removed',
  async (t, engine) => {
    let now = Date.now()
    const opened = await directory(t, { engine, now: () => now })
    const { accounts, lines } = opened
    const { appPasswords } = accounts
    const phone = await appPasswords.add('tito', 'phone')
    const laptop = await appPasswords.add('tito', 'laptop')
    assert.match(phone.password, /^(?:[a-km-z2-9]{5}-){3}[a-km-z2-9]{5}$/)
    assert.notEqual(phone.password, laptop.password)
    const login = async (name: string, password: string) =>
      (await accounts.authenticator(where).password(name, password))?.address
    assert.equal(await login('tito', phone.password), 'tito@example.com')
    assert.equal(await login('tito', laptop.password), 'tito@example.com')
    assert.equal(await login('tito', 'amplop'), 'tito@example.com')
    assert.equal(await login('iqbal', phone.password), undefined)
    assert.equal(await byScram(opened, 'tito', laptop.password), 'tito@example.com')
    assert.equal(await byScram(opened, 'tito', 'amplop'), 'tito@example.com')
    now += 3_600_000
    assert.equal(await byScram(opened, 'tito', laptop.password), 'tito@example.com')
    const list = await appPasswords.list('tito@example.com')
    assert.deepEqual(
      list.map(({ id, label, createdAt, usedAt }) => [id, label, usedAt - createdAt]),
      [
        [phone.id, 'phone', 0],
        [laptop.id, 'laptop', 3_600_000],
      ],
    )
    // Known from a moment ago, and gone all the same.
    assert.equal(await login('tito', phone.password), 'tito@example.com')
    await appPasswords.remove('tito', phone.id)
    assert.equal(await login('tito', phone.password), undefined)
    assert.equal(await byScram(opened, 'tito', phone.password), undefined)
    assert.equal(await login('tito', laptop.password), 'tito@example.com')
    await accounts.setPassword('tito', 'other')
    assert.equal(await login('tito', laptop.password), 'tito@example.com', 'each lives by itself')
    await accounts.disable('tito')
    assert.equal(await login('tito', laptop.password), undefined)
    for (const secret of [await opened.stored(), JSON.stringify(lines)])
      for (const { password } of [phone, laptop]) assert.ok(!secret.includes(password))
    await accounts.remove('tito')
    await accounts.addAccount('tito', 'amplop')
    assert.deepEqual(await appPasswords.list('tito'), [])
  },
)

everyEngine('app passwords refuse what cannot be', async (t, engine) => {
  const { accounts } = await directory(t, { engine })
  const { appPasswords } = accounts
  const code = (wanted: string) => (error: unknown) =>
    error instanceof Refused && error.code === wanted
  for (const label of ['', ' ', 'x'.repeat(101), 'a\nb'])
    await assert.rejects(appPasswords.add('tito', label), code('bad-value'))
  await assert.rejects(appPasswords.add('nobody', 'phone'), code('not-found'))
  await assert.rejects(appPasswords.list('nobody'), code('not-found'))
  const { id } = await appPasswords.add('tito', 'phone')
  await assert.rejects(appPasswords.remove('iqbal', id), code('not-found'))
  await assert.rejects(appPasswords.remove('tito', 'x'), code('not-found'))
})

everyEngine(
  'a certificate logs in whom it names, if there is such an account',
  async (t, engine) => {
    const { accounts } = await directory(t, { engine })
    const { certified } = accounts.authenticator(where)
    const address = async (addresses: readonly string[], actAs: string) =>
      (await certified(addresses, actAs))?.address
    assert.equal(await address(['Tito@example.com'], ''), 'tito@example.com')
    assert.equal(await address(['x@example.org', 'iqbal@example.com'], ''), 'iqbal@example.com')
    assert.equal(
      await address(['tito@example.com', 'iqbal@example.com'], 'iqbal'),
      'iqbal@example.com',
    )
    assert.equal(await address(['tito@example.com'], 'iqbal'), undefined)
    assert.equal(await address(['nobody@example.com'], ''), undefined)
    assert.equal(await address([], 'tito'), undefined)
    await accounts.disable('tito')
    assert.equal(await address(['tito@example.com'], ''), undefined)
  },
)

/** An authority that says of a token what `answers` has for it, or fails. */
async function authority(t: TestContext, answers: Readonly<Record<string, unknown>>) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      asked.push(`${request.method} ${request.headers.authorization}`)
      const answer = answers[new URLSearchParams(body).get('token') ?? '']
      if (answer === undefined) response.writeHead(500)
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? ''))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url, asked, server }
}

it('a token logs in whom its authority names, while it is good', async (t) => {
  const now = 1_700_000_000_000
  const good = { active: true, username: 'tito', scope: 'openid mail', exp: 1_700_000_001 }
  const answers = {
    good,
    inactive: { ...good, active: false },
    'not quite active': { ...good, active: 'true' },
    expired: { ...good, exp: 1_700_000_000 },
    early: { ...good, nbf: 1_700_000_001 },
    'of another scope': { ...good, scope: 'openid email' },
    "nobody's": { ...good, username: 'nobody@example.org' },
    nameless: { active: true, scope: 'mail' },
    garbage: '{"active": tru',
    endless: `"${'x'.repeat(70_000)}"`,
  }
  const { url, asked, server } = await authority(t, answers)
  const tokenCheck = new TokenCheck({
    ...{ url, clientId: 'amplop', clientSecret: 'a b', claim: 'username', scope: 'mail' },
    ...{ timeoutMs: 5_000, now: () => now },
  })
  const { accounts } = await directory(t, { tokenCheck })
  const { offers, bearer } = accounts.authenticator(where)
  assert.equal(offers.bearer, true)
  const address = async (name: string, token: string) => (await bearer(name, token))?.address
  assert.equal(await address('', 'good'), 'tito@example.com')
  assert.equal(await address('Tito@example.com', 'good'), 'tito@example.com')
  assert.equal(await address('iqbal@example.com', 'good'), undefined)
  for (const token of Object.keys(answers).slice(1, -2))
    assert.equal(await address('', token), undefined, token)
  assert.equal(asked[0], `POST Basic ${Buffer.from('amplop:a+b').toString('base64')}`)
  const unavailable = (error: unknown) => error instanceof Refused && error.code === 'unavailable'
  for (const token of ['garbage', 'endless', 'not known'])
    await assert.rejects(bearer('', token), unavailable)
  await accounts.disable('tito')
  assert.equal(await address('', 'good'), undefined)
  server.closeAllConnections()
  server.close()
  await assert.rejects(bearer('', 'good'), unavailable)
})

it('SASLprep is the examples of RFC 4013 §3', () => {
  assert.equal(saslPrep('I\u00adX'), 'IX')
  assert.equal(saslPrep('user'), 'user')
  assert.equal(saslPrep('USER'), 'USER')
  assert.equal(saslPrep('ª'), 'a')
  assert.equal(saslPrep('Ⅸ'), 'IX')
  assert.equal(saslPrep('\u0007'), undefined)
})
