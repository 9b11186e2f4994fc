// Which route answers a path: exact ones first, then the longest "/*". Knows no request's content.
import { errorAnswer } from './http-answer.ts'
import type { HttpAnswer, HttpRequest, Route } from './http-types.ts'

type Methods = Map<string, Route>

export class RouteTable {
  readonly #exact = new Map<string, Methods>()
  readonly #below = new Map<string, Methods>()
  readonly #prefixes: readonly string[]

  /** @throws Error when two routes claim the same method and path. */
  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const whole = !route.path.endsWith('/*')
      const table = whole ? this.#exact : this.#below
      const path = whole ? route.path : route.path.slice(0, -1)
      const methods = table.get(path) ?? new Map()
      if (methods.has(route.method)) throw new Error(`two routes for ${route.method} ${route.path}`)
      table.set(path, methods.set(route.method, route))
    }
    this.#prefixes = [...this.#below.keys()].sort((a, b) => b.length - a.length)
  }

  /** The route's answer, 404 or 405. Rejects as the route does. */
  run(request: HttpRequest): HttpAnswer | Promise<HttpAnswer> {
    const methods = this.#find(request.path)
    if (methods === undefined) return errorAnswer(404, 'not-found')
    const route = methods.get(request.method === 'HEAD' ? 'GET' : request.method)
    if (route !== undefined) return route.run(request)
    const allow = [...methods.keys(), ...(methods.has('GET') ? ['HEAD'] : [])].join(', ')
    const answer = errorAnswer(405, 'method-not-allowed')
    return { ...answer, headers: { ...answer.headers, allow } }
  }

  #find(path: string): Methods | undefined {
    const exact = this.#exact.get(path)
    if (exact !== undefined) return exact
    const prefix = this.#prefixes.find((prefix) => path.startsWith(prefix))
    return prefix === undefined ? undefined : this.#below.get(prefix)
  }
}
