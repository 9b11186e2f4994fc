// Health and metrics as the web server tells them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Histogram } from '../../base/histogram.ts'
import { silentLog } from '../../base/log.ts'
import { Tally } from '../../base/tally.ts'
import { serveHttp } from '../../wire/http.ts'
import { httpLimits } from '../../wire/http-types.ts'
import { publicRoutes } from './health.ts'

const counters = { connections: 1, accepted: 10, refused: 2, bytesIn: 300, bytesOut: 400 }
const state = { ready: true }
const tally = new Tally()
tally.commandMs.observe(3)
tally.commandMs.observe(700)
tally.refused('unknown-user')
const httpTally = new Tally()
const acceptedMs = new Histogram()
acceptedMs.observe(0.05)
const refusals = new Tally()
refusals.refused('550 5.1.1')
const routes = publicRoutes({
  since: 1_700_000_000_000,
  ready: () => state.ready,
  messages: () => [
    {
      ...{ protocol: 'smtp', accepted: 7, rejected: 3, deferred: 2, aborted: 1, delivered: 9 },
      ...{ acceptedMs, refusals },
    },
  ],
  commitMs: new Histogram(),
  loopMs: new Histogram(),
  metricsToken: () => 'secret',
  listeners: [
    { name: 'smtp', address: '127.0.0.1', port: 1, counters, tally },
    { name: 'smtp', address: '::1', port: 1, counters, tally },
    { name: 'http', address: '127.0.0.1', port: 2, counters, tally: httpTally },
  ],
})
const place = { host: '127.0.0.1', port: 0 }
const server = await serveHttp({ ...place, routes, log: silentLog, limits: httpLimits })
test.after(() => server.close(0))

async function get(path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers })
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    body: await answer.text(),
  }
}

test('a server is alive, and ready only while every listener accepts', async () => {
  assert.equal((await get('/health/live')).status, 200)
  assert.equal((await get('/health/ready')).status, 200)
  state.ready = false
  assert.equal((await get('/health/live')).status, 200)
  assert.equal((await get('/health/ready')).status, 503)
  assert.match((await get('/metrics')).body, /^amplop_ready 0$/m)
  state.ready = true
})

test('metrics are Prometheus text, summed by listener, the same at each question', async () => {
  for (let time = 0; time < 2; time++) {
    const { status, type, body } = await get('/metrics')
    assert.equal(status, 200)
    assert.match(type ?? '', /^text\/plain; version=0\.0\.4/)
    for (const line of [
      'amplop_connections{listener="smtp"} 2',
      'amplop_connections_total{listener="smtp"} 20',
      'amplop_connections_refused_total{listener="smtp"} 4',
      'amplop_received_bytes_total{listener="smtp"} 600',
      'amplop_sent_bytes_total{listener="smtp"} 800',
      'amplop_messages_total{protocol="smtp",result="accepted"} 7',
      'amplop_messages_total{protocol="smtp",result="rejected"} 3',
      'amplop_messages_total{protocol="smtp",result="deferred"} 2',
      'amplop_messages_total{protocol="smtp",result="aborted"} 1',
      'amplop_messages_delivered_total{protocol="smtp"} 9',
      'amplop_messages_refused_total{protocol="smtp",reply="550 5.1.1"} 1',
      'amplop_refusals_total{listener="smtp",reason="unknown-user"} 1',
      'amplop_connections{listener="http"} 1',
      'amplop_command_seconds_bucket{listener="smtp",le="0.002"} 0',
      'amplop_command_seconds_bucket{listener="smtp",le="0.005"} 1',
      'amplop_command_seconds_bucket{listener="smtp",le="1"} 2',
      'amplop_command_seconds_bucket{listener="smtp",le="+Inf"} 2',
      'amplop_command_seconds_sum{listener="smtp"} 0.703',
      'amplop_command_seconds_count{listener="smtp"} 2',
      'amplop_message_seconds_bucket{protocol="smtp",le="0.0001"} 1',
      'amplop_store_commit_seconds_bucket{le="+Inf"} 0',
      'amplop_event_loop_delay_seconds_count 0',
      'process_start_time_seconds 1700000000',
    ])
      assert.ok(body.split('\n').includes(line), line)
    assert.match(body, /^process_cpu_seconds_total [\d.]+$/m)
  }
})

test('metrics are for this machine: not through a proxy', async () => {
  for (const name of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'])
    assert.equal((await get('/metrics', { [name]: '192.0.2.1' })).status, 403)
})

test('metrics are for who has the token, wherever they are', async () => {
  const far = { 'x-forwarded-for': '192.0.2.1' }
  const asked = async (authorization: string) =>
    (await get('/metrics', { ...far, authorization })).status
  assert.equal(await asked('Bearer secret'), 200)
  assert.equal(await asked('Bearer wrong'), 401)
  assert.equal(await asked('Basic c2VjcmV0'), 403)
})
