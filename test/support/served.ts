// `amplop serve` as a process of its own, on loopback, for source A's domain.
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { Player } from '../../src/wire/testing/transcript.ts'
import { openHouse } from './house.ts'
import { domain } from './kelompok.ts'
import { type Cleanup, freePorts, newFolder } from './places.ts'
import { amplop, type Running } from './running.ts'

export interface Served {
  readonly running: Running
  readonly port: { readonly smtp: number; readonly gateway: number; readonly http: number }
  /** A client of the SMTP port that has heard the greeting. */
  smtp(): Promise<Player>
}

/** A data folder with the people of a try-out: tito, iqbal and postmaster. */
export async function peopled(test: Cleanup): Promise<string> {
  const folder = newFolder(test)
  const house = await openHouse(test, { folder, domain })
  await house.close()
  return folder
}

/** Serves a folder that nothing else serves; resolves when it is ready. */
export async function serve(test: Cleanup, folder: string): Promise<Served> {
  const [smtp = 0, gateway = 0, http = 0] = await freePorts(3)
  const file = join(newFolder(test), 'amplop.toml')
  const config = `
    server = { name = "mail.${domain}", domains = ["${domain}"], data = ${JSON.stringify(folder)} }
    smtp = { listen = ["127.0.0.1:${smtp}"] }
    submission = { listen = [], tls_listen = [] }
    pop3 = { listen = [], tls_listen = [] }
    imap = { listen = [], tls_listen = [] }
    gateway = { tcp = ["127.0.0.1:${gateway}"] }
    http = { listen = ["127.0.0.1:${http}"], tls_listen = [] }
    board = { everything = true, read = "anyone" }
    log = { file = "log" }`
  writeFileSync(file, config)
  const running = amplop(test, ['serve', '-c', file])
  await running.said(/is ready/)
  const client = async () => {
    const player = new Player(connect(smtp, '127.0.0.1').setNoDelay(true))
    await player.line()
    return player
  }
  return { running, port: { smtp, gateway, http }, smtp: client }
}
