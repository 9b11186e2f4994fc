// Administration in a browser, on a whole server: who may, and that it does what commands do.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { silentLog } from '../base/log.ts'
import { administration, capabilities } from '../protocols/jmap/capabilities.ts'
import { methods } from '../protocols/jmap/method-list.ts'
import { ZoneDns } from '../trust/dns/zone-dns.ts'
import type { Settings } from './config/schema.ts'
import { type Started, start } from './start.ts'
import { addUsers, tryOut } from './try.ts'

const folder = mkdtempSync(join(tmpdir(), 'amplop-administration-'))
const place = { host: '127.0.0.1', port: 0 }
const started = await open()
await addUsers(started, [
  { name: 'tito', password: 'amplop-tito' },
  { name: 'iqbal', password: 'amplop-iqbal' },
])
const accounts = started.rooms?.accounts ?? assert.fail()
await accounts.setAdmin('tito', true)
const port = started.listeners.find(({ name }) => name === 'http')?.port ?? 0
const url = `http://127.0.0.1:${port}`
after(async () => {
  await started.close(0)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

function settingsOf(): Settings {
  const data = join(folder, 'data')
  const { settings } = tryOut({ data, portOffset: undefined, domains: ['example.com'] })
  return {
    ...settings,
    smtp: { ...settings.smtp, listen: [place] },
    submission: { listen: [], tls_listen: [] },
    pop3: { ...settings.pop3, listen: [], tls_listen: [] },
    imap: { ...settings.imap, listen: [], tls_listen: [] },
    managesieve: { ...settings.managesieve, listen: [] },
    gateway: { ...settings.gateway, tcp: [], udp: [] },
    http: { ...settings.http, listen: [place] },
    backup: { folder: join(folder, 'copy') },
  }
}

function open(): Promise<Started> {
  const outside = { dns: new ZoneDns('') }
  return start({ settings: settingsOf(), log: silentLog, foreign: 'sink', outside })
}

// biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer.
type Answer = any

class Browser {
  readonly #headers: Record<string, string>
  readonly #account: string

  private constructor(headers: Record<string, string>, account: string) {
    this.#headers = headers
    this.#account = account
  }

  static async of(name: string): Promise<Browser> {
    const answer = await fetch(`${url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, password: `amplop-${name}` }),
    })
    assert.equal(answer.status, 200)
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    return new Browser({ cookie }, (await accounts.show(name)).id)
  }

  static async withAppPassword(name: string): Promise<Browser> {
    const { password } = await accounts.appPasswords.add(name, 'test')
    const basic = Buffer.from(`${name}@example.com:${password}`).toString('base64')
    return new Browser({ authorization: `Basic ${basic}` }, (await accounts.show(name)).id)
  }

  async session(): Promise<Answer> {
    return (await fetch(`${url}/jmap/session`, { headers: this.#headers })).json()
  }

  async asked(using: readonly string[], name: string, args: object): Promise<Answer> {
    const answer = await fetch(`${url}/jmap/api`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.#headers },
      body: JSON.stringify({
        using,
        methodCalls: [[name, { accountId: this.#account, ...args }, 'c']],
      }),
    })
    return { status: answer.status, ...((await answer.json()) as object) }
  }

  async call(name: string, args: object = {}): Promise<Answer> {
    const using = ['urn:ietf:params:jmap:core', administration]
    const { methodResponses } = await this.asked(using, name, args)
    return methodResponses[0][0] === 'error'
      ? { error: methodResponses[0][1] }
      : methodResponses[0][1]
  }
}

const own = methods.filter(({ capability }) => capability === administration)

test('nobody but an administrator in a browser finds any of it', async () => {
  assert.deepEqual(own.map(({ name }) => name).sort(), [
    ...['Account/get', 'Account/query', 'Account/set', 'Alias/get', 'Alias/query', 'Alias/set'],
    ...['BackupJob/get', 'BackupJob/query', 'BackupJob/set', 'Certificate/get'],
    ...['Certificate/query', 'DeliveryTrace/get', 'DeliveryTrace/query', 'DnsCheck/get'],
    ...['DnsCheck/query', 'DnsCheck/set', 'Domain/get', 'Domain/query', 'Domain/set'],
    ...['LogEntry/get', 'LogEntry/query', 'MetricSeries/get', 'MetricSeries/query'],
    ...['QueueItem/get', 'QueueItem/query', 'QueueItem/set', 'Server/get', 'Server/query'],
    ...['Setting/get', 'Setting/query', 'Setting/set'],
  ])
  const usual = capabilities.filter((name) => name !== administration)
  const others = [await Browser.of('iqbal'), await Browser.withAppPassword('tito')]
  for (const other of others) {
    assert.ok(!(administration in (await other.session()).capabilities))
    for (const { name } of own) {
      const args = { ids: null, create: { a: {} }, destroy: ['x'], update: { x: {} } }
      const wrong = await other.asked([...usual, administration], name, args)
      assert.deepEqual(
        [wrong.status, wrong.type],
        [400, 'urn:ietf:params:jmap:error:unknownCapability'],
      )
      const hidden = await other.asked(usual, name, args)
      const missing = await other.asked(usual, 'Nothing/get', args)
      assert.deepEqual(hidden.methodResponses, missing.methodResponses, name)
    }
  }
  const nobody = await fetch(`${url}/jmap/api`, { method: 'POST', body: '{}' })
  assert.equal(nobody.status, 401)
  const tito = await Browser.of('tito')
  assert.ok(administration in (await tito.session()).capabilities)
  await accounts.setAdmin('tito', false)
  assert.ok(!(administration in (await tito.session()).capabilities), 'it ends at once')
  await accounts.setAdmin('tito', true)
})

test('accounts, domains and aliases are made, changed and removed', async () => {
  const tito = await Browser.of('tito')
  const made = await tito.call('Account/set', {
    create: { a: { address: 'ann@example.com', name: 'Ann', password: 'a long one' } },
  })
  const { id } = made.created.a
  const update = { [id]: { quotaBytes: 5_000_000, isDisabled: true } }
  assert.deepEqual((await tito.call('Account/set', { update })).updated, { [id]: null })
  const [ann] = (await tito.call('Account/get', { ids: [id] })).list
  assert.deepEqual([ann.address, ann.quotaBytes, ann.isDisabled], ['ann@example.com', 5e6, true])
  assert.equal((await accounts.show('ann')).disabled, true)
  const { ids } = await tito.call('Account/query', { filter: { text: 'ANN' } })
  assert.deepEqual(ids, [id])
  const again = await tito.call('Account/set', {
    create: { a: { address: 'ann@example.com', password: 'a long one' } },
  })
  assert.equal(again.notCreated.a.type, 'alreadyExists')
  const wrong = await tito.call('Account/set', { update: { [id]: { quotaBytes: -1 } } })
  assert.match(wrong.notUpdated[id].description, /quotaBytes/)
  const me = (await accounts.show('tito')).id
  const out = await tito.call('Account/set', {
    update: { [me]: { isAdmin: false } },
    destroy: [me],
  })
  assert.equal(out.notDestroyed[me].type, 'forbidden')
  const self = await tito.call('Account/set', { update: { [me]: { isDisabled: true } } })
  assert.equal(self.notUpdated[me].type, 'forbidden')
  const domain = await tito.call('Domain/set', { create: { d: { name: 'Shop.test' } } })
  const shop = domain.created.d.id
  const targets = ['ann@example.com']
  const alias = await tito.call('Alias/set', {
    create: { a: { address: 'info@shop.test', targets } },
  })
  assert.deepEqual(
    (await tito.call('Alias/get')).list.map(({ address }: Answer) => address),
    ['info@shop.test'],
  )
  assert.deepEqual(
    (await tito.call('Alias/set', { destroy: [alias.created.a.id] })).notDestroyed,
    null,
  )
  assert.deepEqual((await tito.call('Domain/set', { destroy: [shop] })).destroyed, [shop])
  const [fixed] = (await tito.call('Domain/get')).list
  assert.deepEqual([fixed.name, fixed.isFixed, fixed.isDefault], ['example.com', true, true])
  const kept = await tito.call('Domain/set', { destroy: [fixed.id] })
  assert.match(kept.notDestroyed[fixed.id].description, /server\.domains/)
  assert.deepEqual((await tito.call('Account/set', { destroy: [id] })).destroyed, [id])
  const told = await tito.call('LogEntry/query', { filter: { text: '/users/ann@example.com' } })
  assert.ok(told.ids.length >= 2, 'who changed what is in the log')
  const { list } = await tito.call('LogEntry/get', { ids: told.ids })
  assert.ok(list.every(({ fields }: Answer) => !fields.includes('a long one')))
})

test('settings are shown and changed, but not what is of the machine', async () => {
  const tito = await Browser.of('tito')
  const { list } = await tito.call('Setting/get')
  const byKey = (key: string) => list.find((each: Answer) => each.key === key)
  const { id, value } = byKey('accounts.wrong_logins_per_account')
  assert.equal(value, 30)
  const set = async (of: string, to: string | null) =>
    (await tito.call('Setting/set', { update: { [of]: { value: to } } })).notUpdated?.[of]
  assert.equal(await set(id, '40'), undefined)
  const changed = (await tito.call('Setting/get', { ids: [id] })).list[0]
  assert.deepEqual([changed.stored, changed.from], [40, 'set'])
  assert.equal(await set(id, null), undefined)
  assert.match((await set(id, 'many')).description, /whole number|number/)
  for (const key of ['transform.command', 'hooks.folder', 'backup.folder', 'log.file'])
    assert.equal((await set(byKey(key).id, '/tmp/x')).type, 'forbidden', key)
})

test('queue, traces, numbers, certificate and DNS are told, and a backup is made', async () => {
  const tito = await Browser.of('tito')
  assert.deepEqual((await tito.call('QueueItem/get')).list, [])
  const none = await tito.call('QueueItem/set', { update: { x1: { order: 'retry' } } })
  assert.equal(none.notUpdated.x1.type, 'notFound')
  const rooms = started.rooms ?? assert.fail()
  const [trace] = (await tito.call('DeliveryTrace/get')).list
  const known = await rooms.traces.list({ limit: 1 })
  assert.deepEqual(trace?.id, known[0]?.id)
  const [server] = (await tito.call('Server/get')).list
  assert.deepEqual([server.isReady, server.backupFolder], [true, join(folder, 'copy')])
  const [shown] = (await tito.call('Certificate/get')).list
  assert.deepEqual([shown.isCertified, shown.names.includes('example.com')], [false, true])
  assert.ok(Array.isArray((await tito.call('MetricSeries/get')).list))
  for (;;) {
    const [check] = (await tito.call('DnsCheck/get', { language: 'id' })).list
    assert.ok(check.records.some(({ type }: Answer) => type === 'MX'))
    if (check.checkedAt === null) continue
    assert.ok(check.findings.some(({ state, fix }: Answer) => state === 'bad' && fix !== ''))
    break
  }
  const { created } = await tito.call('BackupJob/set', { create: { b: {} } })
  for (;;) {
    const [job] = (await tito.call('BackupJob/get', { ids: [created.b.id] })).list
    if (job.state === 'running') continue
    assert.deepEqual([job.state, job.failure], ['done', ''])
    break
  }
  assert.ok(existsSync(join(folder, 'copy')))
})
