// The routes for passwords of one program each. A password is told in the answer that makes it.
import type { AppPasswords } from '../../accounts/app-passwords.ts'
import { json } from '../../wire/http-answer.ts'
import type { HttpRequest, Route } from '../../wire/http-types.ts'
import { newAppPassword, read } from './input.ts'
import { told } from './replies.ts'

const path = '/app-passwords/*'

export function appPasswordRoutes(appPasswords: AppPasswords): readonly Route[] {
  return [
    told('GET', path, async (request) => json(200, await appPasswords.list(addressIn(request)))),
    told('POST', path, async (request) => {
      const { label } = await read(newAppPassword, request)
      return json(200, await appPasswords.add(addressIn(request), label))
    }),
    told('DELETE', path, async (request) => {
      await appPasswords.remove(addressIn(request), request.query.get('id') ?? '')
      return json(200, {})
    }),
  ]
}

function addressIn(request: HttpRequest): string {
  return request.path.slice(path.length - 1)
}
