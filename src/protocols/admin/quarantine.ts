// The routes to what filters had kept apart.
import type { Quarantine } from '../../delivery/quarantine.ts'
import { json } from '../../wire/http-answer.ts'
import type { HttpRequest, Route } from '../../wire/http-types.ts'
import { told } from './replies.ts'

const listMax = 1_000

export function quarantineRoutes(quarantine: Quarantine): readonly Route[] {
  return [
    told('GET', '/quarantine', async ({ query }) => {
      const of = (query.get('of') ?? '').toLowerCase()
      const list = of === '' ? quarantine.list(listMax) : quarantine.listOf(of, listMax)
      return json(200, await list)
    }),
    told('GET', '/quarantine/*', async (request) =>
      json(200, await quarantine.show(idIn(request))),
    ),
    told('POST', '/quarantine/*', async (request) => {
      const id = idIn(request)
      const of = (request.query.get('of') ?? '').toLowerCase()
      return json(200, await (of === '' ? quarantine.release(id) : quarantine.rescue(id, of)))
    }),
    told('DELETE', '/quarantine/*', async (request) => {
      await quarantine.drop(idIn(request))
      return json(200, {})
    }),
  ]
}

function idIn({ path }: HttpRequest): string {
  return path.slice(path.indexOf('/', 1) + 1)
}
