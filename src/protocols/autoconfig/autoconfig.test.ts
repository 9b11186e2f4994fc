// Mail programs that ask for their settings, and servers that ask for the policy, on a real port.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import { serveHttp } from '../../wire/http.ts'
import { httpLimits } from '../../wire/http-types.ts'
import { autoconfigRoutes } from './routes.ts'

async function open(t: TestContext) {
  const routes = autoconfigRoutes({
    isOurs: async (domain) => domain === 'example.com',
    ways: () => ({ server: 'mail.example.com', imaps: 993, pop3s: undefined, submissions: 465 }),
  })
  const server = await serveHttp({
    ...{ routes, limits: httpLimits, log: silentLog, host: '127.0.0.1', port: 0 },
  })
  t.after(() => server.close(0))
  return (path: string, host = 'mail.example.com', body?: string) =>
    new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port: server.port,
          path,
          method: body ? 'POST' : 'GET',
          headers: { host },
        },
        (response) => {
          let text = ''
          response.setEncoding('utf8').on('data', (part) => {
            text += part
          })
          const { statusCode: status = 0, headers } = response
          response.on('end', () => resolve({ status, type: headers['content-type'] ?? '', text }))
        },
      )
      asked.on('error', reject)
      asked.end(body)
    })
}

test('Thunderbird is told by address or by host name, and nothing of domains of others', async (t) => {
  const ask = await open(t)
  const byAddress = await ask('/mail/config-v1.1.xml?emailaddress=tito%40Example.com')
  assert.equal(byAddress.status, 200)
  assert.match(byAddress.text, /<incomingServer type="imap">\s*<hostname>mail\.example\.com</)
  assert.match(byAddress.text, /<port>465<\/port>\s*<socketType>SSL</)
  assert.doesNotMatch(byAddress.text, /pop3/)
  const byHost = await ask('/.well-known/autoconfig/mail/config-v1.1.xml', 'autoconfig.example.com')
  assert.equal(byHost.text, byAddress.text)
  for (const path of ['/mail/config-v1.1.xml?emailaddress=a%40other.org', '/mail/config-v1.1.xml'])
    assert.equal((await ask(path)).status, 404)
})

test('Outlook is answered for the address it names, whatever is in it', async (t) => {
  const ask = await open(t)
  const xml = (address: string) =>
    `<Autodiscover><Request><EMailAddress>${address}</EMailAddress></Request></Autodiscover>`
  const path = '/autodiscover/autodiscover.xml'
  const { status, text } = await ask(path, 'autodiscover.example.com', xml('tito@example.com'))
  assert.equal(status, 200)
  assert.match(text, /<Type>IMAP<\/Type>\s*<Server>mail\.example\.com<\/Server>\s*<Port>993</)
  assert.match(text, /<LoginName>tito@example\.com</)
  for (const bad of ['a&amp;b@example.com', 'tito@other.org', '', '"x"@example.com'])
    assert.equal((await ask(path, 'x', xml(bad))).status, 404, bad)
})

test("Apple's programs get a profile", async (t) => {
  const ask = await open(t)
  const { status, type, text } = await ask("/apple.mobileconfig?email=o'neil%40example.com")
  assert.deepEqual([status, type], [200, 'application/x-apple-aspen-config'])
  assert.match(text, /EmailAddress<\/key><string>o&#39;neil@example\.com</)
  assert.match(text, /PayloadUUID<\/key><string>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}</)
  assert.equal((await ask('/apple.mobileconfig?email=%3Cx%3E%40example.com')).status, 404)
})

test('the policy is served under its own name only', async (t) => {
  const ask = await open(t)
  const { text, type } = await ask('/.well-known/mta-sts.txt', 'MTA-STS.example.com:443')
  assert.equal(
    text,
    'version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmax_age: 604800\r\n',
  )
  assert.match(type, /^text\/plain/)
  for (const host of ['mail.example.com', 'mta-sts.other.org', 'mta-sts.'])
    assert.equal((await ask('/.well-known/mta-sts.txt', host)).status, 404)
})
