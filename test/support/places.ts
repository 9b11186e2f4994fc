// Folders and ports of a test's own, gone when it ends.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Cleanup {
  after(work: () => Promise<void> | void): void
}

export function newFolder(test: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-test-'))
  test.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer()
          server.listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  return Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) => {
          const address = server.address()
          const port = typeof address === 'object' ? (address?.port ?? 0) : 0
          server.close(() => resolve(port))
        }),
    ),
  )
}
