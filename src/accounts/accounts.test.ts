import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Refused } from '../base/refused.ts'
import { everyEngine } from '../store/testing/engines.ts'
import { nameOf } from './names.ts'
import { type DirectoryOptions, openDirectory } from './testing/directory.ts'

const where = { protocol: 'test', address: '127.0.0.1', session: 's1' }

async function directory(t: TestContext, options: DirectoryOptions = {}) {
  const opened = await openDirectory(t, options)
  t.after(() => opened.close())
  return opened
}

async function twoDomains(t: TestContext, options: DirectoryOptions = {}) {
  const opened = await directory(t, {
    alsoLocal: ['mail.example.com', 'localhost'],
    postmaster: 'tito@example.com',
    ...options,
  })
  const { accounts } = opened
  await accounts.addDomain('example.com')
  await accounts.addDomain('example.net')
  await accounts.addAccount('tito', 'amplop')
  await accounts.addAccount('iqbal@example.com', 'amplop')
  await accounts.addAccount('ana@example.net', 'amplop')
  return opened
}

const code = (wanted: string) => (error: unknown) =>
  error instanceof Refused && error.code === wanted

everyEngine('T002-12 an address reaches whom it means, in any spelling', async (t, engine) => {
  const { accounts } = await twoDomains(t, { engine })
  await accounts.addAlias('sales@example.com', ['iqbal', 'ana@example.net'])
  await accounts.addAlias('shop@example.net', ['sales@example.com', 'tito@example.com'])
  await accounts.addAlias('*@example.net', ['ana@example.net'])
  const cases: [string, string][] = [
    ['iqbal@example.com', 'iqbal@example.com'],
    ['IQBAL@Example.COM', 'iqbal@example.com'],
    ['iqbal', 'iqbal@example.com'],
    ['iqbal+x@example.com', 'iqbal@example.com'],
    ['Iqbal+X+y@example.com', 'iqbal@example.com'],
    ['postmaster', 'tito@example.com'],
    ['PostMaster@example.net', 'tito@example.com'],
    ['abuse@example.com', 'tito@example.com'],
    ['postmaster+x@mail.example.com', 'tito@example.com'],
    ['iqbal@mail.example.com', 'iqbal@example.com'],
    ['iqbal@localhost', 'iqbal@example.com'],
    ['ana@example.net', 'ana@example.net'],
    ['sales@example.com', 'ana@example.net iqbal@example.com'],
    ['sales+news@example.com', 'ana@example.net iqbal@example.com'],
    ['shop@example.net', 'ana@example.net iqbal@example.com tito@example.com'],
    ['nobody@example.net', 'ana@example.net'],
    ['nobody@example.com', 'unknown-user'],
    ['+x@example.com', 'unknown-user'],
    ['ana@example.com', 'unknown-user'],
    ['', 'unknown-user'],
    ['iqbal@example.org', 'not-local'],
    ['iqbal@sub.example.com', 'not-local'],
    ["x' or '1'='1@example.com", 'unknown-user'],
  ]
  // Twice: from the database, then as remembered.
  for (const [address, wanted] of [...cases, ...cases]) {
    const found = await accounts.lookup(nameOf(address))
    const got =
      found.is === 'accounts'
        ? found.accounts
            .map((receiver) => receiver.address)
            .sort()
            .join(' ')
        : found.is
    assert.equal(got, wanted, address)
  }
})

everyEngine(
  'without a postmaster named, the account of that name takes its mail, or who was here first',
  async (t, engine) => {
    const { accounts } = await directory(t, { engine })
    assert.deepEqual(await accounts.lookup(nameOf('a')), { is: 'not-local' })
    await accounts.addDomain('example.com')
    assert.deepEqual(await accounts.lookup(nameOf('postmaster')), { is: 'unknown-user' })
    const reached = async (name: string) => {
      const found = await accounts.lookup(nameOf(name))
      return found.is === 'accounts' ? found.accounts.map(({ address }) => address) : found.is
    }
    for (const name of ['first', 'second']) await accounts.addAccount(`${name}@example.com`, 'x')
    await accounts.addDomain('example.net')
    assert.deepEqual(await reached('postmaster@example.net'), ['first@example.com'])
    await accounts.addAccount('third@example.net', 'x')
    assert.deepEqual(await reached('postmaster@example.net'), ['third@example.net'])
    assert.deepEqual(await reached('Postmaster'), ['first@example.com'])
    assert.equal(await reached('abuse'), 'unknown-user')
    await accounts.disable('first@example.com')
    assert.deepEqual(await reached('postmaster'), ['second@example.com'])
    await accounts.addAccount('postmaster@example.com', 'amplop')
    assert.deepEqual(await reached('postmaster'), ['postmaster@example.com'])
  },
)

everyEngine('aliases in a circle end', async (t, engine) => {
  const { accounts } = await twoDomains(t, { engine })
  await accounts.addAlias('a@example.com', ['tito'])
  await accounts.addAlias('b@example.com', ['a@example.com'])
  await accounts.addAlias('a@example.com', ['b@example.com'])
  const found = await accounts.lookup(nameOf('b@example.com'))
  assert.ok(found.is === 'accounts')
  assert.deepEqual(
    found.accounts.map(({ address }) => address),
    ['tito@example.com'],
  )
})

everyEngine('what is remembered ends with the change that made it wrong', async (t, engine) => {
  const { accounts } = await twoDomains(t, { engine })
  const is = async (address: string) => (await accounts.lookup(nameOf(address))).is
  assert.equal(await is('new@example.com'), 'unknown-user')
  await accounts.addAccount('new@example.com', 'amplop')
  assert.equal(await is('new@example.com'), 'accounts')
  await accounts.disable('new@example.com')
  assert.equal(await is('new@example.com'), 'disabled')
  await accounts.disable('new@example.com', false)
  assert.equal(await is('new@example.com'), 'accounts')
  await accounts.remove('new@example.com')
  assert.equal(await is('new@example.com'), 'unknown-user')
  await accounts.addAlias('new@example.com', ['tito'])
  assert.equal(await is('new@example.com'), 'accounts')
  await accounts.removeAlias('new@example.com')
  assert.equal(await is('new@example.com'), 'unknown-user')
  await accounts.remove('ana@example.net')
  await accounts.removeDomain('example.net')
  assert.equal(await is('ana@example.net'), 'not-local')
})

everyEngine('the directory refuses what cannot be, and says what is there', async (t, engine) => {
  const { accounts } = await twoDomains(t, { engine })
  await assert.rejects(accounts.addDomain('exa mple.com'), code('bad-value'))
  await assert.rejects(accounts.addDomain('../x'), code('bad-value'))
  await assert.rejects(accounts.addDomain('EXAMPLE.com'), code('exists'))
  await assert.rejects(accounts.removeDomain('example.com'), code('bad-value'))
  await assert.rejects(accounts.removeDomain('example.org'), code('not-found'))
  for (const local of ['', '..', '.a', 'a/b', 'a+b', 'a b', 'a\0', '%00', 'x'.repeat(65)]) {
    await assert.rejects(accounts.addAccount(`${local}@example.com`, 'x'), code('bad-value'), local)
  }
  await assert.rejects(accounts.addAccount('x@example.org', 'x'), code('not-found'))
  await assert.rejects(accounts.addAccount('TITO@example.com', 'x'), code('exists'))
  await assert.rejects(accounts.addAccount('x@example.com', ''), code('bad-value'))
  await assert.rejects(accounts.addAccount('x@example.com', 'x'.repeat(1025)), code('bad-value'))
  await assert.rejects(
    accounts.addAccount('x@example.com', 'x', { quotaBytes: -1 }),
    code('bad-value'),
  )
  await assert.rejects(accounts.addAlias('tito@example.com', ['iqbal']), code('exists'))
  await assert.rejects(accounts.addAlias('x@example.com', ['nobody']), code('not-found'))
  await assert.rejects(accounts.addAlias('x@example.com', []), code('bad-value'))
  await assert.rejects(accounts.removeAlias('x@example.com'), code('not-found'))
  await assert.rejects(accounts.show('nobody'), code('not-found'))
  await assert.rejects(accounts.setPassword('nobody', 'x'), code('not-found'))
  await accounts.addAlias('x@example.com', ['iqbal', 'tito'])
  assert.deepEqual(await accounts.listAliases(), [
    { address: 'x@example.com', targets: ['iqbal@example.com', 'tito@example.com'] },
  ])
  assert.deepEqual(
    (await accounts.listDomains()).map(({ name }) => name),
    ['example.com', 'example.net'],
  )
  assert.deepEqual(
    (await accounts.list()).map(({ address }) => address),
    ['iqbal@example.com', 'tito@example.com', 'ana@example.net'],
  )
  assert.equal((await accounts.show('ANA@example.net')).disabled, false)
  await accounts.addDomain('Bücher.example')
  assert.equal(await accounts.localDomain('bücher.example'), 'xn--bcher-kva.example')
})

everyEngine(
  'a login is known by address or bare name, and only by its own password',
  async (t, engine) => {
    const { accounts, lines, stored } = await twoDomains(t, { engine })
    const address = async (name: string, password: string) =>
      (await accounts.authenticator(where).password(name, password))?.address
    assert.equal(await address('tito', 'amplop'), 'tito@example.com')
    assert.equal(await address('Tito@Example.com', 'amplop'), 'tito@example.com')
    assert.equal(await address('tito@localhost', 'amplop'), 'tito@example.com')
    assert.equal(await address('tito', 'Amplop'), undefined)
    assert.equal(await address('tito', ''), undefined)
    assert.equal(await address('ana', 'amplop'), undefined)
    assert.equal(await address('tito+x', 'amplop'), undefined)
    assert.equal(await address('nobody', 'amplop'), undefined)
    await accounts.disable('tito')
    assert.equal(await address('tito', 'amplop'), undefined)
    await accounts.disable('tito', false)
    await accounts.setPassword('tito', 'canary-secret-1')
    assert.equal(await address('tito', 'amplop'), undefined)
    assert.equal(await address('tito', 'canary-secret-1'), 'tito@example.com')
    await accounts.remove('tito')
    assert.equal(await address('tito', 'canary-secret-1'), undefined)
    const kept = await stored()
    assert.ok(kept.includes('$argon2id$v=19$m=19456,t=2,p=1$'))
    assert.ok(!kept.includes('canary-secret'))
    assert.ok(lines.some(({ event }) => event === 'login-failed'))
    assert.ok(!JSON.stringify(lines).includes('canary-secret'))
  },
)

everyEngine(
  'a proved login is remembered for a minute, and no longer than the password',
  async (t, engine) => {
    let now = 1_000_000
    const { accounts, passwords } = await twoDomains(t, { engine, now: () => now })
    let hashes = 0
    const verify = passwords.verify.bind(passwords)
    passwords.verify = (password, phc) => {
      hashes++
      return verify(password, phc)
    }
    await accounts.authenticator(where).password('tito', 'amplop')
    await accounts.authenticator(where).password('tito', 'amplop')
    assert.equal(hashes, 1)
    now += 60_001
    await accounts.authenticator(where).password('tito', 'amplop')
    assert.equal(hashes, 2)
    await accounts.authenticator(where).password('tito', 'wrong')
    await accounts.authenticator(where).password('tito', 'wrong')
    assert.equal(hashes, 4, 'a wrong password is never remembered')
    const late = accounts.authenticator(where).password('iqbal', 'amplop')
    await accounts.setPassword('iqbal', 'other')
    await late
    assert.equal(await accounts.authenticator(where).password('iqbal', 'amplop'), undefined)
  },
)

everyEngine('an unknown name costs the same hash as a wrong password', async (t, engine) => {
  const { accounts, passwords } = await twoDomains(t, { engine })
  const costs: string[] = []
  const verify = passwords.verify.bind(passwords)
  passwords.verify = (password, phc) => {
    costs.push(phc === '' ? 'dummy' : 'real')
    return verify(password, phc)
  }
  const took = async (name: string) => {
    const began = performance.now()
    assert.equal(await accounts.authenticator(where).password(name, 'wrong'), undefined)
    return performance.now() - began
  }
  const known: number[] = []
  const unknown: number[] = []
  // The quickest of some: the first one starts a thread, and others use this machine, too.
  for (let n = 0; n < 3; n++) {
    known.push(await took('tito'))
    unknown.push(await took('nobody'))
  }
  assert.deepEqual(costs, ['real', 'dummy', 'real', 'dummy', 'real', 'dummy'])
  const [least, quickest] = [Math.min(...unknown), Math.min(...known)]
  assert.ok(least > quickest / 5, `${least} ms for nobody, ${quickest} ms for somebody`)
})

everyEngine('password checks beyond the bound are refused as busy', async (t, engine) => {
  const limits = { threads: 1, waitingMax: 2 }
  const { accounts } = await twoDomains(t, { engine, limits })
  const tries = Array.from({ length: 6 }, (_, n) =>
    accounts.authenticator(where).password('tito', `wrong ${n}`),
  )
  const outcomes = await Promise.allSettled(tries)
  const busy = outcomes.filter(
    (outcome) => outcome.status === 'rejected' && code('busy')(outcome.reason),
  )
  assert.equal(busy.length, 3)
  assert.ok(await accounts.authenticator(where).password('tito', 'amplop'))
})

everyEngine(
  'a token is told once, found by its secret, and gone when removed',
  async (t, engine) => {
    const { accounts, stored } = await twoDomains(t, { engine })
    const rules = {
      name: 'printer',
      senders: ['*@example.com'],
      recipients: ['tito@example.com'],
      perMinute: 10,
    }
    const { id, secret } = await accounts.tokens.add(rules)
    const { createdAt, ...found } = (await accounts.tokens.find(secret)) ?? assert.fail()
    assert.ok(Math.abs(createdAt - Date.now()) < 60_000)
    assert.deepEqual(found, { id, ...rules })
    assert.equal(await accounts.tokens.find(`${secret}x`), undefined)
    assert.equal(await accounts.tokens.find(''), undefined)
    assert.equal(await accounts.tokens.find('x'.repeat(10_000)), undefined)
    assert.ok(!(await stored()).includes(secret))
    assert.equal((await accounts.tokens.list()).length, 1)
    await accounts.tokens.remove(id)
    assert.equal(await accounts.tokens.find(secret), undefined)
    await assert.rejects(accounts.tokens.remove(id), code('not-found'))
    await assert.rejects(accounts.tokens.add({ ...rules, perMinute: -1 }), code('bad-value'))
    await assert.rejects(accounts.tokens.add({ ...rules, name: '' }), code('bad-value'))
  },
)
