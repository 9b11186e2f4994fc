// The routes to the keys that our domains sign with.
import { Refused } from '../../base/refused.ts'
import { json } from '../../wire/http-answer.ts'
import type { HttpRequest, Route } from '../../wire/http-types.ts'
import { keyUse, read } from './input.ts'
import type { KeptPorts } from './ports.ts'
import { told } from './replies.ts'

export function keyRoutes({ keys, accounts }: KeptPorts): readonly Route[] {
  /** One of ours: nobody else's mail is signed. */
  const domainIn = async ({ path }: HttpRequest): Promise<string> => {
    const name = decodeURIComponent(path.slice(path.indexOf('/', 1) + 1)).toLowerCase()
    const domains = await accounts.listDomains()
    if (domains.some((domain) => domain.name === name)) return name
    throw new Refused('not-found', `${name} is no domain of this server`)
  }
  return [
    told('GET', '/dkim/*', async (request) => json(200, await keys.show(await domainIn(request)))),
    told('POST', '/dkim/*', async (request) =>
      json(200, await keys.rotate(await domainIn(request))),
    ),
    told('PUT', '/dkim/*', async (request) => {
      const { unseen } = await read(keyUse, request)
      return json(200, await keys.use(await domainIn(request), unseen))
    }),
  ]
}
