// Runs the server of a settings file until it is told to stop.
import { loadConfig, sourceOf } from '../app/config/load.ts'
import { failureText } from '../app/failure.ts'
import { openLog } from '../app/log.ts'
import { start } from '../app/start.ts'
import { Failed } from './command.ts'
import { printLine } from './print.ts'
import { dieLoudly, firstSignal, untilStopped } from './until-stopped.ts'

const graceMs = 10_000

/** Resolves with the exit status when it was stopped. @throws BadConfig, Failed */
export async function serveNow(file: string): Promise<number> {
  const asked = firstSignal(['SIGINT', 'SIGTERM'])
  let reload = () => {}
  // Also said when whoever started it closes the terminal, which is no harm.
  process.on('SIGHUP', () => reload())
  const settings = loadConfig(file)
  const { log, flush, setLevel } = openLog(settings.log.level, settings.log.file)
  dieLoudly(log, flush)
  try {
    const common = { settings, source: sourceOf(file), log, setLogLevel: setLevel }
    const started = await start({ ...common, foreign: 'queue' })
    reload = () => started.reload()
    await untilStopped({ started, asked, log, graceMs }, async () => {
      const { file: logFile } = settings.log
      if (logFile !== '') printLine(`${started.settings.server.name} is ready; its log: ${logFile}`)
    })
  } catch (error) {
    const reason = failureText(error)
    log.error('failed', reason === undefined ? { error } : { reason })
    throw reason === undefined ? error : new Failed(reason)
  } finally {
    flush()
  }
  return 0
}
