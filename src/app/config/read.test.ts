// What a settings file may say, and what it hears when it is wrong.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { documentedKeys } from './keys.ts'
import { loadConfig } from './load.ts'
import { BadConfig, parseConfig } from './read.ts'
import { defaults } from './schema.ts'

const good = '[server]\ndomains = ["example.com"]\n'

test('a small file is enough: the rest are the defaults', () => {
  const settings = parseConfig(
    '[server]\ndomains = ["Example.COM"]\n[smtp]\nlisten = ["[::1]:0"]\n',
  )
  const base = defaults()
  assert.deepEqual(settings, {
    ...base,
    server: { ...base.server, domains: ['example.com'] },
    smtp: { ...base.smtp, listen: [{ host: '::1', port: 0 }] },
  })
})

test('every key has a sentence of documentation', () => {
  const keys = documentedKeys()
  assert.ok(keys.length > 30)
  for (const { key, doc } of keys) assert.match(doc, /\.$/, key)
})

const wrong: readonly (readonly [string, readonly (readonly [number, RegExp])[]])[] = [
  ['[server\n', [[1, /./]]],
  ['[server]\ndomains = ["a"\nname = "b"\n', [[3, /./]]],
  [`${good}\ndomains = []\n`, [[4, /./]]],
  ['', [[1, /^server\.domains is empty: name a domain, or a gateway\.relay_host/]]],
  [`${good}[nntp]\nlisten = []\n`, [[3, /^there is no section \[nntp\]; docs\/config\.md/]]],
  [`x = 1\n${good}`, [[1, /^there is no section \[x\]/]]],
  [`server = 5\n`, [[1, /^server must be a section: \[name\]$/]]],
  [`${good}[smtp]\nlistn = []\n`, [[4, /^there is no key smtp\.listn; docs\/config\.md lists/]]],
  ['[server]\ndomains = "a"\n', [[2, /^server\.domains must be a list of domain names: \["ex/]]],
  ['[server]\ndomains = ["a b"]\n', [[2, /^server\.domains must be a list of domain names/]]],
  [`${good}name = "a b"\n`, [[3, /^server\.name must be a host name: "mail\.example\.com"$/]]],
  [
    `${good}trusted_networks = ["10.0.0.0/99"]\n`,
    [[3, /^server\.trusted_networks must be a list/]],
  ],
  [`${good}[smtp]\nlisten = ["25"]\n`, [[4, /^smtp\.listen must be a list of addresses with/]]],
  [`${good}[smtp]\nlisten = ["127.0.0.1:70000"]\n`, [[4, /^smtp\.listen must be/]]],
  [`${good}[smtp]\nlisten = ["mail.example.com:25"]\n`, [[4, /^smtp\.listen must be/]]],
  [`${good}[smtp]\nerrors_max = 0\n`, [[4, /^smtp\.errors_max must be a whole number from 1 to/]]],
  [`${good}[smtp]\nerrors_max = 1.5\n`, [[4, /^smtp\.errors_max must be a whole number/]]],
  [`${good}[smtp]\nlenient = "no"\n`, [[4, /^smtp\.lenient must be true or false$/]]],
  [
    `${good}[board]\nread = "all"\n`,
    [[4, /^board\.read must be one of "anyone", "loopback", "nob/]],
  ],
  [`${good}[tls]\ncert = "a.pem"\n`, [[4, /^tls\.cert needs both tls\.cert and tls\.key$/]]],
  [`${good}[gateway]\nrelay_user = "a"\n`, [[4, /^gateway\.relay_user needs both/]]],
  [`${good}[gateway]\nreport_url = "x"\n`, [[4, /^gateway\.report_url must begin with http/]]],
  [
    `${good}[accounts]\ntoken_check_url = "http://192.0.2.1/"\n`,
    [[4, /^accounts\.token_check_url must be an address with https:/]],
  ],
  [
    '[log]\nlevel = "loud"\n# the rest\n[server]\nname = 5\n[smtp]\n"errors_max" = "x"\n',
    [
      [2, /^log\.level must be one of "debug"/],
      [5, /^server\.name must be a host name in quotes$/],
      [7, /^smtp\.errors_max must be a whole number/],
    ],
  ],
]

for (const [source, expected] of wrong) {
  test(`is told with its line: ${JSON.stringify(source)}`, () => {
    assert.throws(
      () => parseConfig(source, 'a.toml'),
      (error) => {
        assert.ok(error instanceof BadConfig)
        const { mistakes } = error
        assert.deepEqual(
          mistakes.map(({ line }) => line),
          expected.map(([line]) => line),
        )
        for (const [at, [, text]] of expected.entries())
          assert.match(mistakes[at]?.text ?? '', text)
        const lines = error.message.split('\n')
        assert.deepEqual(
          lines,
          mistakes.map(({ line, text }) => `a.toml:${line}: ${text}`),
        )
        return true
      },
    )
  })
}

test('paths count from the folder of the file, the log from the data folder', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-config-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'keys'))
  const tls = '[tls]\ncert = "keys/a.pem"\nkey = "keys/a.key"\n'
  const file = join(folder, 'amplop.toml')
  writeFileSync(
    file,
    `[server]\ndata = "mail"\ndomains = ["a.test"]\n${tls}[log]\nfile = "x.log"\n`,
  )
  writeFileSync(join(folder, 'keys', 'a.pem'), '')
  assert.throws(() => loadConfig(file), { code: 'ENOENT', path: join(folder, 'keys', 'a.key') })
  writeFileSync(join(folder, 'keys', 'a.key'), '')
  const settings = loadConfig(file)
  assert.equal(settings.server.data, join(folder, 'mail'))
  assert.equal(settings.log.file, join(folder, 'mail', 'x.log'))
  assert.equal(settings.tls.cert, join(folder, 'keys', 'a.pem'))
  assert.throws(() => loadConfig(join(folder, 'b.toml')), /no settings file .*b\.toml: name one/)
  assert.throws(() => loadConfig(folder), /is a folder: name a settings file with -c FILE/)
})

test('the address of a database may be in a file of its own, and is never repeated', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-config-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [file, secret] = [join(folder, 'amplop.toml'), join(folder, 'database')]
  writeFileSync(file, `${good}[store]\nurl_file = "database"\n`)
  assert.throws(() => loadConfig(file), { code: 'ENOENT' })
  writeFileSync(secret, 'postgres://amplop:hunter2@db.test/mail\nanything\n')
  assert.equal(loadConfig(file).store.url, 'postgres://amplop:hunter2@db.test/mail')
  for (const address of ['postgres://amplop:hunter2@[db.test/mail', 'hunter2']) {
    writeFileSync(secret, address)
    for (const source of [`url_file = "database"`, `url = "${address}"`]) {
      writeFileSync(file, `${good}[store]\n${source}\n`)
      assert.throws(
        () => loadConfig(file),
        (error) => !inspect(error).includes('hunter2') && /no address of/.test(String(error)),
      )
    }
  }
  writeFileSync(file, `${good}[store]\nurl = "postgres:///mail"\nurl_file = "database"\n`)
  assert.throws(() => loadConfig(file), /:5: store.url_file says again what store.url says/)
})
