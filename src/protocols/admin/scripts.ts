// The routes for the filter scripts of an account: whoever runs the server may read and change
// them. Knows no language of scripts.
import type { Accounts } from '../../accounts/accounts.ts'
import { Refused } from '../../base/refused.ts'
import type { Scripts } from '../../delivery/scripts.ts'
import { json } from '../../wire/http-answer.ts'
import type { HttpRequest, Route } from '../../wire/http-types.ts'
import { chosenScript, newScript, read, scriptBodyMaxBytes } from './input.ts'
import { told } from './replies.ts'

const path = '/scripts/*'

interface Kept {
  readonly accounts: Accounts
  readonly scripts: Scripts
}

export function scriptRoutes({ accounts, scripts }: Kept): readonly Route[] {
  const account = async (request: HttpRequest) =>
    (await accounts.show(request.path.slice(path.length - 1))).id
  return [
    told('GET', path, async (request) => {
      const id = await account(request)
      const name = request.query.get('name')
      if (name === null) return json(200, await scripts.list(id))
      const content = await scripts.get(id, name)
      if (content === undefined) throw new Refused('not-found', `script ${name}`)
      return json(200, { name, content })
    }),
    told('PUT', path, async (request) => {
      const { name, content } = await read(newScript, request, scriptBodyMaxBytes)
      return json(200, { problems: await scripts.put(await account(request), name, content) })
    }),
    told('POST', path, async (request) => {
      const { active } = await read(chosenScript, request)
      await scripts.activate(await account(request), active)
      return json(200, {})
    }),
    told('DELETE', path, async (request) => {
      await scripts.remove(await account(request), request.query.get('name') ?? '')
      return json(200, {})
    }),
  ]
}
