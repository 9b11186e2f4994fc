// Opens the local admin socket of a server.
import { dirname } from 'node:path'
import type { Log } from '../base/log.ts'
import { adminRoutes } from '../protocols/admin/admin.ts'
import { carriedMaxBytes } from '../protocols/admin/mail.ts'
import type { ServerPorts, SettingsPort } from '../protocols/admin/ports.ts'
import { serveHttp } from '../wire/http.ts'
import { type HttpServer, httpLimits } from '../wire/http-types.ts'
import { adminSocket } from './admin-socket.ts'
import type { Rooms } from './rooms.ts'

interface Ports {
  readonly server: ServerPorts
  readonly settings: SettingsPort
  readonly rooms: Rooms | undefined
  readonly fixedDomains: readonly string[]
  readonly log: Log
}

/** What every system takes: sun_path has 104 bytes on some, with a zero at the end. */
const pathMaxBytes = 103

/** @throws Error in a person's words when the folder's path is too long, or another has it. */
export async function openAdmin({
  server,
  settings,
  rooms,
  fixedDomains,
  log,
}: Ports): Promise<HttpServer> {
  const path = adminSocket(server.folder)
  if (Buffer.byteLength(path) > pathMaxBytes)
    throw new Error(
      `the path ${path} is too long for a socket (${pathMaxBytes} bytes): ` +
        'give a data folder with a shorter path, or a symbolic link to it',
    )
  const routes = adminRoutes({ server, settings, kept: rooms && { ...rooms, fixedDomains } })
  // Its owner carries mail in through it.
  const limits = { ...httpLimits, bodyMaxBytes: 2 * carriedMaxBytes }
  try {
    return await serveHttp({ path, routes, log, limits })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    const folder = dirname(path)
    throw new Error(`another Amplop is running on ${folder}: stop it, or give another folder`)
  }
}
