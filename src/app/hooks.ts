// Finds and opens the hooks: TypeScript files of whoever runs the server. Where there are none,
// nothing is opened and nobody asks.
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Log } from '../base/log.ts'
import { HookFilter } from '../delivery/hooks/hook-filter.ts'
import { HookWorker } from '../delivery/hooks/hook-worker.ts'
import type { Settings } from './config/schema.ts'

export interface OpenHooks {
  /** One, or none. */
  readonly filters: readonly HookFilter[]
  close(): Promise<void>
}

/** @throws Error in a person's words when a file cannot be loaded, or the folder not be read */
export async function openHooks(
  settings: () => Settings,
  data: string,
  log: Log,
): Promise<OpenHooks> {
  const given = settings().hooks.folder
  const files = hookFiles(given === '' ? join(data, 'hooks') : resolve(given), given !== '')
  if (files.length === 0) return { filters: [], close: async () => {} }
  const timeoutMs = () => settings().hooks.timeout_ms
  const worker = await HookWorker.open({ files, timeoutMs, log })
  log.info('hooks loaded', { files })
  const onFailure = () => ({ onFailure: settings().hooks.on_failure })
  const filter = new HookFilter({ worker, settings: onFailure, log })
  return { filters: [filter], close: () => worker.close() }
}

/** In the order of their names. */
function hookFiles(folder: string, wanted: boolean): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /\.[mc]?[tj]s$/.test(name) && !/\.(d|test)\.[mc]?ts$/.test(name))
      .sort()
      .map((name) => join(folder, name))
  } catch (error) {
    if (!wanted && (error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new Error(`the folder of hooks cannot be read: ${(error as Error).message}`)
  }
}
