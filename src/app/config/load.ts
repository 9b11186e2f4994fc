// A settings file as `serve` takes it: what it names by relative path is counted from its folder.
import { accessSync, constants, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { SettingsSource } from './live.ts'
import { isPostgres, keysIn, readConfig } from './read.ts'
import type { Settings } from './schema.ts'

/** @throws BadConfig; Error when the file, or one that it names, cannot be read. */
export function loadConfig(file: string): Settings {
  const settings = readable(file)
  const { server, store, accounts, tls, acme, gateway, outgoing, hooks, log, access_log } = settings
  const { backup } = settings
  const near = (path: string) => (path === '' ? '' : resolve(dirname(file), path))
  const data = near(server.data || '.')
  const named = {
    cert: near(tls.cert),
    key: near(tls.key),
    clientCa: near(tls.client_ca),
    password: near(gateway.relay_password_file),
    secret: near(accounts.token_check_secret_file),
    authorities: near(outgoing.tls_ca),
    issuer: near(acme.ca),
    external: near(acme.external_key_file),
  }
  for (const path of Object.values(named)) if (path !== '') accessSync(path, constants.R_OK)
  return {
    ...settings,
    server: { ...server, data },
    store: { ...store, url: store.url || addressIn(near(store.url_file)) },
    accounts: { ...accounts, token_check_secret_file: named.secret },
    tls: { cert: named.cert, key: named.key, client_ca: named.clientCa },
    acme: { ...acme, ca: named.issuer, external_key_file: named.external },
    gateway: { ...gateway, relay_password_file: named.password },
    outgoing: { ...outgoing, tls_ca: named.authorities },
    hooks: { ...hooks, folder: near(hooks.folder) },
    backup: { folder: near(backup.folder) },
    log: { ...log, file: log.file === '' ? '' : resolve(data, log.file) },
    access_log: { ...access_log, file: resolve(data, access_log.file) },
  }
}

/** The first line of a file that nobody else need read; never to be said again. */
function addressIn(file: string): string {
  if (file === '') return ''
  const address = readFileSync(file, 'utf8').split('\n')[0]?.trim() ?? ''
  if (isPostgres(address)) return address
  throw new Error(`${file} holds no address of a PostgreSQL database in its first line`)
}

/** The file as what decides, unless a command has changed it. */
export function sourceOf(file: string): SettingsSource {
  const read = () => ({
    settings: loadConfig(file),
    keys: keysIn(readFileSync(file, 'utf8'), file),
  })
  return { file, read }
}

/** Node names no path where the file is a folder. */
function readable(file: string): Settings {
  try {
    return readConfig(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw new Error(
        `there is no settings file ${file}: name one with -c FILE, see docs/config.md`,
      )
    if (code === 'EISDIR') throw new Error(`${file} is a folder: name a settings file with -c FILE`)
    throw error
  }
}
