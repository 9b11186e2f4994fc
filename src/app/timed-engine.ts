// An engine that measures how long its writes took until they were on disk.
import type { Histogram } from '../base/histogram.ts'
import type { Engine } from '../store/engine.ts'

export function timed(engine: Engine, commitMs: Histogram): Engine {
  return {
    run: (job, args) => {
      const done = engine.run(job, args)
      if (!job.writes) return done
      const began = performance.now()
      done.then(
        () => commitMs.observe(performance.now() - began),
        () => {},
      )
      return done
    },
    close: () => engine.close(),
  }
}
