// The routes that change whose mail is kept: domains, users, aliases, tokens.
import type { Account } from '../../accounts/accounts.ts'
import { Refused } from '../../base/refused.ts'
import { json } from '../../wire/http-answer.ts'
import type { HttpRequest, Route } from '../../wire/http-types.ts'
import { appPasswordRoutes } from './app-passwords.ts'
import { changedUser, newAlias, newDomain, newToken, newUser, read } from './input.ts'
import type { KeptPorts } from './ports.ts'
import { told } from './replies.ts'

export function directoryRoutes(ports: KeptPorts): readonly Route[] {
  const appPasswords = appPasswordRoutes(ports.accounts.appPasswords)
  return [...domains(ports), ...users(ports), ...appPasswords, ...aliases(ports), ...tokens(ports)]
}

/** What the path names behind its first word. */
function named(request: HttpRequest): string {
  return request.path.slice(request.path.indexOf('/', 1) + 1)
}

const done = json(200, {})

function domains({ accounts, fixedDomains }: KeptPorts): Route[] {
  return [
    told('GET', '/domains', async () => json(200, await accounts.listDomains())),
    told('POST', '/domains', async (request) => {
      await accounts.addDomain((await read(newDomain, request)).name)
      return done
    }),
    told('DELETE', '/domains/*', async (request) => {
      const name = named(request).toLowerCase()
      if (fixedDomains.includes(name)) {
        const text = `${name} is set at the start: take it out of server.domains, and start anew`
        throw new Refused('bad-value', text)
      }
      await accounts.removeDomain(name)
      return done
    }),
  ]
}

function users(ports: KeptPorts): Route[] {
  const { accounts } = ports
  return [
    told('GET', '/users', async () => json(200, await accounts.list())),
    told('POST', '/users', async (request) => {
      const { address, password, ...settings } = await read(newUser, request)
      return json(200, await accounts.addAccount(address, password, settings))
    }),
    told('GET', '/users/*', async (request) => {
      const account = await accounts.show(named(request))
      return json(200, { ...account, ...(await ports.mailboxes.usage(account.id)) })
    }),
    told('PUT', '/users/*', async (request) => {
      const change = await read(changedUser, request)
      await changeUser(ports, await accounts.show(named(request)), change)
      return done
    }),
    told('DELETE', '/users/*', async (request) => {
      await accounts.remove(named(request))
      return done
    }),
  ]
}

interface UserChange {
  readonly password?: string | undefined
  readonly quotaBytes?: number | undefined
  readonly quotaMessages?: number | undefined
  readonly disabled?: boolean | undefined
  readonly admin?: boolean | undefined
  readonly twoFactor?: false | undefined
}

async function changeUser(ports: KeptPorts, { id, address }: Account, change: UserChange) {
  const { accounts, mailboxes } = ports
  const { password, quotaBytes, quotaMessages, disabled, admin, twoFactor } = change
  if (password !== undefined) await accounts.setPassword(address, password)
  if (quotaBytes !== undefined || quotaMessages !== undefined) {
    const now = await mailboxes.usage(id)
    await mailboxes.setQuota(id, {
      quotaBytes: quotaBytes ?? now.quotaBytes,
      quotaMessages: quotaMessages ?? now.quotaMessages,
    })
  }
  if (disabled !== undefined) await accounts.disable(address, disabled)
  if (admin !== undefined) await accounts.setAdmin(address, admin)
  if (twoFactor === false) await accounts.twoFactor.disable(id)
}

function aliases({ accounts }: KeptPorts): Route[] {
  return [
    told('GET', '/aliases', async () => json(200, await accounts.listAliases())),
    told('POST', '/aliases', async (request) => {
      const { address, targets } = await read(newAlias, request)
      await accounts.addAlias(address, targets)
      return done
    }),
    told('DELETE', '/aliases/*', async (request) => {
      await accounts.removeAlias(named(request))
      return done
    }),
  ]
}

function tokens({ accounts }: KeptPorts): Route[] {
  return [
    told('GET', '/tokens', async () => json(200, await accounts.tokens.list())),
    told('POST', '/tokens', async (request) =>
      json(200, await accounts.tokens.add(await read(newToken, request))),
    ),
    told('DELETE', '/tokens/*', async (request) => {
      await accounts.tokens.remove(named(request))
      return done
    }),
  ]
}
