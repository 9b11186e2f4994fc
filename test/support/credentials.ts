// What logins need beside passwords: somebody who vouches for tokens, and somebody who signs keys.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Settings } from '../../src/app/config/schema.ts'
import { program } from './debian.ts'
import { type Cleanup, newFolder } from './places.ts'

/** Paths of PEM files. */
export interface Certificates {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

export interface Credentials {
  /** For tito@example.com, and who signed them; undefined: there is no openssl here. */
  readonly certificates: Certificates | undefined
  /** Makes a house take them, and tito's token "good". */
  change(settings: Settings): Settings
}

export async function credentials(test: Cleanup): Promise<Credentials> {
  const openssl = await program('openssl')
  const certificates = openssl === undefined ? undefined : signed(test, openssl)
  const url = await tokenAuthority(test)
  return {
    certificates,
    change: (settings) => ({
      ...settings,
      accounts: { ...settings.accounts, token_check_url: url },
      tls: { ...settings.tls, client_ca: certificates?.ca ?? '' },
    }),
  }
}

/** Says of the token "good" that it is tito's; the address to ask. */
async function tokenAuthority(test: Cleanup): Promise<string> {
  const authority = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (part) => {
      body += part
    })
    request.on('end', () => {
      const active = new URLSearchParams(body).get('token') === 'good'
      response.end(JSON.stringify({ active, username: 'tito@example.com' }))
    })
  })
  await new Promise<void>((resolve) => authority.listen(0, '127.0.0.1', resolve))
  test.after(() => {
    authority.closeAllConnections()
    authority.close()
  })
  return `http://127.0.0.1:${(authority.address() as AddressInfo).port}/check`
}

function signed(test: Cleanup, openssl: string): Certificates {
  const folder = newFolder(test)
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const call = (...args: string[]) => execFileSync(openssl, args, { cwd: folder, stdio: 'pipe' })
  call('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=ca')
  call('req', ...key, '-keyout', 'tito.key', '-out', 'tito.csr', '-subj', '/CN=Tito')
  writeFileSync(join(folder, 'names'), 'subjectAltName=email:tito@example.com\n')
  const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names']
  call('x509', '-req', '-in', 'tito.csr', ...authority, '-out', 'tito.crt')
  const path = (name: string) => join(folder, name)
  assert.match(readFileSync(path('tito.crt'), 'utf8'), /BEGIN CERTIFICATE/)
  return { ca: path('ca.crt'), cert: path('tito.crt'), key: path('tito.key') }
}
