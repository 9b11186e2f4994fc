// Asks a running server, through the socket in its data folder. Knows no command.
import { request } from 'node:http'
import { resolve } from 'node:path'
import { adminSocket } from '../app/admin-socket.ts'
import { Failed, type Options } from './command.ts'

/** The options of every command that speaks to a running server. */
export const serverOptions = {
  data: { type: 'string', short: 'd', value: 'DIR', doc: "the server's data folder" },
  config: {
    type: 'string',
    short: 'c',
    value: 'FILE',
    doc: 'its settings file, in place of --data',
  },
} as const satisfies Options

export const jsonOption = {
  json: { type: 'boolean', short: 'j', doc: 'print JSON' },
} as const satisfies Options

export const serverMore = 'Without --data or -c the folder is $AMPLOP_DATA, or else ./data.'

export interface Where {
  readonly data?: string | undefined
  readonly config?: string | undefined
}

/** The data folder that is meant, absolute. @throws BadConfig */
export async function folderOf({ data, config }: Where): Promise<string> {
  if (data !== undefined) return resolve(data)
  if (config !== undefined) {
    const { loadConfig } = await import('../app/config/load.ts')
    return loadConfig(config).server.data
  }
  return resolve(process.env.AMPLOP_DATA || 'data')
}

/** Where a server keeps what it has: its data folder, and its database when it has one. */
export interface Kept {
  readonly folder: string
  /** "" for SQLite in the folder. */
  readonly url: string
}

/** @throws BadConfig */
export async function keptOf(where: Where): Promise<Kept> {
  const folder = await folderOf(where)
  if (where.config === undefined) return { folder, url: '' }
  const { loadConfig } = await import('../app/config/load.ts')
  return { folder, url: loadConfig(where.config).store.url }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

const timeoutMs = 60_000

export class AdminClient {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Finds the folder; whether a server runs there shows when it is asked. @throws BadConfig */
  static async of(where: Where): Promise<AdminClient> {
    return new AdminClient(await folderOf(where))
  }

  /**
   * The server's answer, whose shape is the caller's to know.
   * @throws Failed when no server runs there, or with its reason why not.
   */
  async ask<T>(method: Method, path: string, body?: object): Promise<T> {
    const { status, text } = await this.#exchange(method, path, body)
    const answer = jsonOf(text)
    if (status < 300) return answer as T
    const { text: reason, error } = answer as { text?: string; error?: string }
    if (reason === undefined && status === 404)
      throw new Failed('this server is a forwarder: it keeps no users and no mail, only a status')
    throw new Failed(reason ?? `the server failed (${error ?? status}): its log says more`)
  }

  #exchange(method: Method, path: string, body: object | undefined) {
    const text = body === undefined ? '' : JSON.stringify(body)
    const headers = { 'content-length': Buffer.byteLength(text) }
    const options = { socketPath: adminSocket(this.#folder), method, path, headers, agent: false }
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const asked = request({ ...options, timeout: timeoutMs }, (response) => {
        let got = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => {
          got += part
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: got }))
        response.on('error', (error) => reject(this.#failed(error)))
      })
      asked.on('timeout', () => asked.destroy(new Error('it does not answer')))
      asked.on('error', (error) => reject(this.#failed(error)))
      asked.end(text)
    })
  }

  #failed(error: NodeJS.ErrnoException): Failed {
    const folder = this.#folder
    if (['ENOENT', 'ECONNREFUSED', 'ENOTDIR'].includes(error.code ?? ''))
      return new Failed(`no server runs on ${folder}: start it, or name its folder with --data DIR`)
    if (error.code === 'EACCES' || error.code === 'EPERM')
      return new Failed(`the server on ${folder} is another user's: run this as that user`)
    return new Failed(`the server on ${folder} could not be asked: ${error.message}`)
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
