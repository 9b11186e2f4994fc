import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { assertDurable } from './sqlite-connection.ts'
import { addNote, countNotes, endThread, noteOf, noteSteps, setting } from './testing/jobs.ts'
import { keepingLog, newFolder, sqlite } from './testing/places.ts'

test('commits are synced: the writer runs in WAL mode with synchronous full', async (t) => {
  const engine = await sqlite.open(newFolder(t))
  t.after(() => engine.close())
  assert.equal(await engine.run(setting, 'journal_mode'), 'wal')
  assert.equal(await engine.run(setting, 'synchronous'), 2)
})

test('a connection that would lose commits in a power cut is refused', (t) => {
  const database = new DatabaseSync(join(newFolder(t), 'a.db'))
  t.after(() => database.close())
  assert.throws(() => assertDurable(database), /journal_mode is delete/)
  database.exec('pragma journal_mode = wal; pragma synchronous = normal')
  assert.throws(() => assertDurable(database), /synchronous is 1, below 2/)
  database.exec('pragma synchronous = full')
  assertDurable(database)
})

test('the database is nobody else’s to read', async (t) => {
  const folder = newFolder(t)
  const engine = await sqlite.open(folder)
  t.after(() => engine.close())
  await engine.run(addNote, { id: 'a' })
  for (const name of ['amplop.db', 'amplop.db-wal'])
    assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name)
})

test('when the writer dies, what waits is rejected, reading goes on', {
  timeout: 20_000,
}, async (t) => {
  const lines: string[] = []
  const engine = await sqlite.open(newFolder(t), { log: keepingLog(lines) })
  await engine.run(addNote, { id: 'before' })
  const settled = await Promise.allSettled([
    engine.run(addNote, { id: 'a' }),
    engine.run(endThread, undefined),
    engine.run(addNote, { id: 'b' }),
  ])
  for (const each of settled) {
    assert.equal(each.status, 'rejected')
    assert.equal(each.reason.code, 'storage-failed')
  }
  await assert.rejects(engine.run(addNote, { id: 'c' }), { code: 'storage-failed' })
  assert.equal((await engine.run(noteOf, 'before'))?.id, 'before')
  assert.equal(await engine.run(countNotes, undefined), 1)
  assert.deepEqual(lines, ['store writer ended'])
  await engine.close()
})

test('a full database rejects its whole group as no-space and changes nothing', async (t) => {
  const engine = await sqlite.open(newFolder(t))
  t.after(() => engine.close())
  await engine.run(addNote, { id: 'before' })
  await engine.run(setting, 'max_page_count = 40')
  const text = new Uint8Array(100_000)
  const settled = await Promise.allSettled([
    engine.run(addNote, { id: 'small' }),
    engine.run(addNote, { id: 'big', text }),
    engine.run(addNote, { id: 'bigger', text }),
  ])
  for (const each of settled) {
    assert.equal(each.status, 'rejected')
    assert.equal(each.reason.code, 'no-space')
  }
  assert.equal(await engine.run(countNotes, undefined), 1)
  await engine.run(setting, 'max_page_count = 1000000')
  await engine.run(addNote, { id: 'after', text })
  assert.equal(await engine.run(countNotes, undefined), 2)
})

test('a corrupt database file is refused when it is opened', async (t) => {
  const folder = newFolder(t)
  const { writeFileSync } = await import('node:fs')
  writeFileSync(
    join(folder, 'amplop.db'),
    'this is not a database, whatever its name says '.repeat(99),
  )
  await assert.rejects(sqlite.open(folder), /not a database/)
})

test('schema: a database of a newer version is refused, and says which step', async (t) => {
  const folder = newFolder(t)
  const newer = [...noteSteps, { name: '0009-future', statements: ['create table f (id {id})'] }]
  await (await sqlite.open(folder, { migrations: newer })).close()
  await assert.rejects(sqlite.open(folder), /newer version.*0009-future/)
})

test('schema: steps run once, and a database in use is copied before new ones', async (t) => {
  const folder = newFolder(t)
  const first = await sqlite.open(folder)
  await first.run(addNote, { id: 'a' })
  await first.close()
  const copy = join(folder, 'amplop.db.before-0002-more')
  await (await sqlite.open(folder)).close()
  assert.equal(existsSync(copy), false)
  const more = [...noteSteps, { name: '0002-more', statements: ['drop table notes'] }]
  await (await sqlite.open(folder, { migrations: more })).close()
  const old = new DatabaseSync(copy, { readOnly: true })
  t.after(() => old.close())
  assert.deepEqual({ ...old.prepare('select id from notes').get() }, { id: 'a' })
})

test('schema: a step that fails leaves nothing behind, and is named', async (t) => {
  const folder = newFolder(t)
  const bad = { name: '0002-bad', statements: ['create table half (id {id})', 'create nonsense'] }
  await assert.rejects(sqlite.open(folder, { migrations: [...noteSteps, bad] }), /0002-bad failed/)
  const database = new DatabaseSync(join(folder, 'amplop.db'))
  t.after(() => database.close())
  const tables = database.prepare("select name from sqlite_master where name = 'half'").all()
  assert.equal(tables.length, 0)
})

test('schema: two steps of one name, or a step without a number, are refused', async (t) => {
  const folder = newFolder(t)
  const twice = [...noteSteps, ...noteSteps]
  await assert.rejects(sqlite.open(folder, { migrations: twice }), /two schema steps/)
  const odd = [{ name: 'notes', statements: [] }]
  await assert.rejects(sqlite.open(folder, { migrations: odd }), /names no schema step/)
})
