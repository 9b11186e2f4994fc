// `amplop serve`: its words and options. What it runs is loaded when it runs.
import { configOption } from './check.ts'
import { command } from './command.ts'

export const serve = command({
  name: 'serve',
  summary: 'run the server of a settings file',
  options: configOption,
  more: 'SIGTERM or Ctrl-C stops it: sessions get 10 seconds to end. docs/config.md has the settings.',
  run: async ({ config = 'amplop.toml' }) => {
    const { serveNow } = await import('./serve-now.ts')
    return await serveNow(config)
  },
})
