// The routes that show and change the settings of a running server.
import { json } from '../../wire/http-answer.ts'
import type { Route } from '../../wire/http-types.ts'
import { newValue, read } from './input.ts'
import type { SettingsPort } from './ports.ts'
import { told } from './replies.ts'

const start = '/settings/'

export function settingRoutes(settings: SettingsPort): readonly Route[] {
  return [
    told('GET', '/settings', async () => json(200, settings.list())),
    told('POST', '/settings', async () => json(200, settings.reload())),
    told('GET', `${start}*`, async ({ path }) => json(200, settings.get(path.slice(start.length)))),
    told('PUT', `${start}*`, async (request) => {
      const { value } = await read(newValue, request)
      return json(200, settings.set(request.path.slice(start.length), value))
    }),
    told('DELETE', `${start}*`, async ({ path }) =>
      json(200, settings.unset(path.slice(start.length))),
    ),
  ]
}
