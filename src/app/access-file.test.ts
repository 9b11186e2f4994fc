// The access log's file: what is written, how it turns over, and what a bad disk may cost.
import assert from 'node:assert/strict'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type Log, silentLog } from '../base/log.ts'
import { AccessFile, type AccessFileSettings } from './access-file.ts'

function settingsIn(t: TestContext, more: Partial<AccessFileSettings> = {}): AccessFileSettings {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-access-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const kept = { rotateBytes: 0, rotateHours: 0, keepFiles: 0, keepDays: 0 }
  return { file: join(folder, 'access.log'), ...kept, ...more }
}

async function written(settings: AccessFileSettings, lines: readonly string[]): Promise<void> {
  const file = new AccessFile(() => settings, silentLog)
  for (const line of lines) file.write(line)
  await file.close()
}

function others({ file }: AccessFileSettings): string[] {
  return readdirSync(join(file, '..')).filter((name) => name.startsWith('access.log.'))
}

test('lines are added to what is there, and are for the owner alone', async (t) => {
  const settings = settingsIn(t)
  await written(settings, ['one', 'two'])
  await written(settings, ['three'])
  assert.equal(readFileSync(settings.file, 'utf8'), 'one\ntwo\nthree\n')
  assert.equal(statSync(settings.file).mode & 0o777, 0o600)
})

test('a line that was cut short does not spoil the next', async (t) => {
  const settings = settingsIn(t)
  writeFileSync(settings.file, 'one\ntw')
  await written(settings, ['three'])
  assert.equal(readFileSync(settings.file, 'utf8'), 'one\ntw\nthree\n')
})

test('a file that is large enough is turned over, and so many old ones stay', async (t) => {
  const settings = settingsIn(t, { rotateBytes: 10, keepFiles: 2 })
  const file = new AccessFile(() => settings, silentLog)
  for (const line of ['first line', 'second line', 'third line', 'fourth line']) {
    file.write(line)
    const size = () => others(settings).length
    const before = others(settings).join()
    while (others(settings).join() === before) await new Promise(setImmediate)
    assert.ok(size() <= 3)
  }
  await file.close()
  const old = others(settings).sort()
  assert.deepEqual(
    old.map((name) => readFileSync(join(settings.file, '..', name), 'utf8')),
    ['third line\n', 'fourth line\n'],
  )
  assert.equal(readFileSync(settings.file, 'utf8'), '')
})

test('what is older than it may be goes, and nothing else in the folder', async (t) => {
  const settings = settingsIn(t, { keepDays: 7 })
  const aged = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString()
  const names = [8, 6].map((days) => `access.log.${aged(days).replaceAll(':', '-')}`)
  for (const name of [...names, 'access.log.bak']) {
    writeFileSync(join(settings.file, '..', name), 'x\n')
    utimesSync(join(settings.file, '..', name), 1, 1)
  }
  await written(settings, ['line'])
  assert.deepEqual(others(settings).sort(), [names[1], 'access.log.bak'].sort())
})

test('a file that somebody moved away is begun anew', async (t) => {
  const settings = settingsIn(t)
  const file = new AccessFile(() => settings, silentLog)
  file.write('one')
  while (!readdirSync(join(settings.file, '..')).includes('access.log'))
    await new Promise(setImmediate)
  while (readFileSync(settings.file, 'utf8') === '') await new Promise(setImmediate)
  renameSync(settings.file, `${settings.file}.1`)
  file.write('two')
  await file.close()
  assert.equal(readFileSync(`${settings.file}.1`, 'utf8'), 'one\n')
  assert.equal(readFileSync(settings.file, 'utf8'), 'two\n')
})

test('while the file cannot be written lines wait, within a limit, and the loss is told', async (t) => {
  const settings = settingsIn(t)
  const said: string[] = []
  const heard: Log = { ...silentLog, warn: (event) => said.push(event) }
  mkdirSync(settings.file)
  const file = new AccessFile(() => settings, heard)
  const long = 'x'.repeat(1024 * 1024)
  for (let n = 0; n < 9; n++) file.write(long)
  while (!said.includes('access log not written')) await new Promise(setImmediate)
  rmSync(settings.file, { recursive: true })
  await file.close()
  const lines = readFileSync(settings.file, 'utf8').trimEnd().split('\n')
  assert.equal(lines.length, 9)
  assert.deepEqual(lines.slice(0, 8), Array(8).fill(long))
  assert.match(lines[8]!, /"kind":"lost","count":1/)
  assert.ok(said.includes('access log lines lost'))
})

test('a folder that cannot be written to ends nothing', async (t) => {
  const settings = settingsIn(t)
  const folder = join(settings.file, '..', 'closed')
  mkdirSync(folder)
  chmodSync(folder, 0o500)
  await written({ ...settings, file: join(folder, 'gone', 'access.log') }, ['line'])
  writeFileSync(join(folder, '..', 'plain'), '')
  await written({ ...settings, file: join(folder, '..', 'plain', 'access.log') }, ['line'])
})
