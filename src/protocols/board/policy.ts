// Who may have the board's data: no other origin, no rebound name, and whom the option lets in.
import { isIP } from 'node:net'
import { loopback, Networks } from '../../base/networks.ts'
import type { HttpRequest } from '../../wire/http-types.ts'

/** Who may read a board. */
export type Readers = 'anyone' | 'loopback' | 'nobody'

/** The test that goes with an option. A proxy on this machine speaks for strangers. */
export function readersTest(readers: Readers): (request: HttpRequest) => boolean {
  const local = new Networks(loopback)
  const tests: Record<Readers, (request: HttpRequest) => boolean> = {
    anyone: () => true,
    loopback: ({ client, headers }) =>
      local.has(client) &&
      headers['x-forwarded-for'] === undefined &&
      headers.forwarded === undefined,
    nobody: () => false,
  }
  return tests[readers]
}

/**
 * Why a request for data may not be answered, or undefined. A page of another site is told by
 * Sec-Fetch-Site or Origin; a name that was rebound to this machine by Host, because a browser
 * believes such a page to be of our origin. An address in Host cannot be rebound.
 */
export function foreign(request: HttpRequest, names: readonly string[]): string | undefined {
  const { host = '', origin } = request.headers
  if (!isKnownHost(host, names)) return 'unknown-host'
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return 'other-origin'
  if (origin !== undefined && origin !== `${request.secure ? 'https' : 'http'}://${host}`) {
    return 'other-origin'
  }
  return undefined
}

function isKnownHost(host: string, names: readonly string[]): boolean {
  const name = host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
  return isIP(name) !== 0 || name === 'localhost' || names.includes(name)
}
