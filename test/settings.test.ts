import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TSchema } from '@sinclair/typebox'
import t from 'tap'
import { maskUri, readSettings, settingsSchema } from '../src/settings.js'

const noFile = 'no-such-file.env'
const fault = (env: NodeJS.ProcessEnv): string => {
  try {
    return `none: ${JSON.stringify(readSettings(env, noFile))}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const defaults = {
  HOST: '127.0.0.1', PORT: 3000, INSTANCES: 1, ALLOW_ANONYMOUS: false, MONGODB_DB: 'noclobber', DATA_DIR: '.data', BODY_LIMIT: 1_048_576,
  REQUEST_TIMEOUT_MS: 30_000, HANDLER_TIMEOUT_MS: 30_000, MAX_CONCURRENT_REQUESTS: 2_000, MAX_EVENT_LOOP_DELAY_MS: 1_000, MAX_SUBSCRIBERS: 2_000, MAX_SUBSCRIBER_BYTES: 65_536,
  SECURITY_HEADERS: true, COMPRESSION: true, METRICS: true, CLOSE_GRACE_MS: 10_000, TOMBSTONE_DAYS: 0, STORE_MODE: 'group', READ_CONCERN: 'majority', HISTORY_LIMIT: 50, KEPT_BYTES: 67_108_864, LOG_LEVEL: 'info'
}

t.test('what is not set, or set to nothing, has its default; other variables are left out', (t) => {
  t.strictSame(readSettings({ HOME: '/root', PORT: '', MONGODB_URI: '' }, noFile), defaults)
  t.end()
})

t.test('each setting is read from the environment', (t) => {
  t.strictSame(readSettings({
    HOST: '::', PORT: '0', INSTANCES: '2', ALLOW_ANONYMOUS: 'true', MONGODB_URI: 'mongodb://u:p@db.example/?replicaSet=rs0', MONGODB_DB: 'other', DATA_DIR: '/data', MONGOD_BINARY: '/bin/mongod',
    HANDLER_TIMEOUT_MS: '200', MAX_CONCURRENT_REQUESTS: '9', MAX_EVENT_LOOP_DELAY_MS: '0', MAX_SUBSCRIBERS: '0', MAX_SUBSCRIBER_BYTES: '4096', RATE_LIMIT_MAX: '60', TRUST_PROXY: 'loopback, 10.0.0.0/8', CORS_ORIGIN: 'https://app.example',
    SECURITY_HEADERS: 'false', COMPRESSION: 'false', METRICS: 'false', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    BODY_LIMIT: '2048', REQUEST_TIMEOUT_MS: '100', CLOSE_GRACE_MS: '200', TOMBSTONE_DAYS: '30', STORE_MODE: 'single', READ_CONCERN: 'linearizable', HISTORY_LIMIT: '7', KEPT_BYTES: '0', LOG_LEVEL: 'silent'
  }, noFile), {
    HOST: '::', PORT: 0, INSTANCES: 2, ALLOW_ANONYMOUS: true, MONGODB_URI: 'mongodb://u:p@db.example/?replicaSet=rs0', MONGODB_DB: 'other', DATA_DIR: '/data', MONGOD_BINARY: '/bin/mongod',
    HANDLER_TIMEOUT_MS: 200, MAX_CONCURRENT_REQUESTS: 9, MAX_EVENT_LOOP_DELAY_MS: 0, MAX_SUBSCRIBERS: 0, MAX_SUBSCRIBER_BYTES: 4096, RATE_LIMIT_MAX: 60, TRUST_PROXY: 'loopback, 10.0.0.0/8', CORS_ORIGIN: 'https://app.example',
    SECURITY_HEADERS: false, COMPRESSION: false, METRICS: false, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    BODY_LIMIT: 2048, REQUEST_TIMEOUT_MS: 100, CLOSE_GRACE_MS: 200, TOMBSTONE_DAYS: 30, STORE_MODE: 'single', READ_CONCERN: 'linearizable', HISTORY_LIMIT: 7, KEPT_BYTES: 0, LOG_LEVEL: 'silent'
  })
  t.end()
})

t.test('a file sets what the environment does not', (t) => {
  const directory = t.testdir({ '.env': '# a comment\nPORT=4000\nLOG_LEVEL=warn\nMONGODB_DB=\nOTHER=1\n' })
  t.strictSame(readSettings({ PORT: '5000' }, join(directory, '.env')), { ...defaults, PORT: 5000, LOG_LEVEL: 'warn' })
  t.throws(() => readSettings({}, directory), { code: 'NOCLOBBER_START', message: `${directory} cannot be read: EISDIR: illegal operation on a directory, read` })
  t.end()
})

t.test('a wrong value is named, with what is allowed', (t) => {
  const integers = { PORT: [0, 65_535], INSTANCES: [1, 64], BODY_LIMIT: [1024, 16_777_216], REQUEST_TIMEOUT_MS: [100, 3_600_000], HANDLER_TIMEOUT_MS: [0, 3_600_000], MAX_CONCURRENT_REQUESTS: [0, 1_000_000], MAX_EVENT_LOOP_DELAY_MS: [0, 60_000], MAX_SUBSCRIBERS: [0, 1_000_000], MAX_SUBSCRIBER_BYTES: [4_096, 16_777_216], RATE_LIMIT_MAX: [0, 1_000_000_000], CLOSE_GRACE_MS: [100, 600_000], TOMBSTONE_DAYS: [0, 24_855], HISTORY_LIMIT: [0, 100_000], KEPT_BYTES: [0, 17_179_869_184] }
  for (const [name, [least = 0, most = 0]] of Object.entries(integers)) {
    for (const value of [String(least - 1), String(most + 1), 'many', '2000.5', 'NaN', 'Infinity']) {
      t.equal(fault({ [name]: value }), `${name} is "${value}" and must be an integer from ${least} to ${most}`)
    }
    t.equal((readSettings({ [name]: String(most) }, noFile) as Record<string, unknown>)[name], most)
  }
  t.equal(fault({ STORE_MODE: 'groups' }), 'STORE_MODE is "groups" and must be one of group, single')
  t.equal(fault({ LOG_LEVEL: 'loud' }), 'LOG_LEVEL is "loud" and must be one of trace, debug, info, warn, error, fatal, silent')
  t.equal(fault({ ALLOW_ANONYMOUS: 'yes' }), 'ALLOW_ANONYMOUS is "yes" and must be true or false')
  t.equal(fault({ MONGODB_DB: 'a.b' }), 'MONGODB_DB is "a.b" and must be a database name: 1 to 63 characters, none of them / \\ . " $ * < > : | ? or space')
  t.end()
})

t.test('proxies, origins and the collector are of a form', (t) => {
  for (const TRUST_PROXY of ['127.0.0.1', '::1', '10.0.0.0/8, fd00::/8', 'loopback,linklocal,uniquelocal']) t.match(readSettings({ TRUST_PROXY }, noFile), { TRUST_PROXY })
  for (const TRUST_PROXY of ['true', '1', '*', 'proxy.example', '10.0.0.0/33', '10.0.0.0/8/8', '10.0.0.0/x', '127.0.0.1,']) {
    t.equal(fault({ TRUST_PROXY }), `TRUST_PROXY is "${TRUST_PROXY}" and must be addresses or networks such as 127.0.0.1, 10.0.0.0/8, loopback, separated by commas`)
  }
  for (const CORS_ORIGIN of ['*', 'https://app.example', 'http://localhost:8080, https://app.example']) t.match(readSettings({ CORS_ORIGIN }, noFile), { CORS_ORIGIN })
  for (const CORS_ORIGIN of ['app.example', 'https://app.example/', 'https://app.example/x', 'https://', 'null', 'https://app.example,']) {
    t.equal(fault({ CORS_ORIGIN }), `CORS_ORIGIN is "${CORS_ORIGIN}" and must be *, or origins such as https://app.example, without a path, separated by commas`)
  }
  for (const OTEL_EXPORTER_OTLP_ENDPOINT of ['127.0.0.1:4318', 'grpc://127.0.0.1', 'http://']) {
    t.equal(fault({ OTEL_EXPORTER_OTLP_ENDPOINT }), `OTEL_EXPORTER_OTLP_ENDPOINT is "${OTEL_EXPORTER_OTLP_ENDPOINT}" and must be a URL such as http://127.0.0.1:4318`)
  }
  t.end()
})

t.test('several wrong ones are each named, in one line', (t) => {
  t.equal(fault({ PORT: '1\n2', STORE_MODE: 'x', HOST: 'example.com' }), [
    'PORT is "1\\n2" and must be an integer from 0 to 65535',
    'STORE_MODE is "x" and must be one of group, single',
    'HOST is "example.com" and must be a loopback address (127.0.0.1, ::1, localhost) as there is no sign-in, unless ALLOW_ANONYMOUS=true'
  ].join('; '))
  t.end()
})

t.test('only loopback is listened on, unless ALLOW_ANONYMOUS=true', (t) => {
  for (const HOST of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) t.match(readSettings({ HOST }, noFile), { HOST })
  for (const HOST of ['0.0.0.0', '::', '192.168.0.7', '2001:db8::1', 'localhost.example.com', '127.0.0.1.example.com', '*']) {
    for (const more of [{}, { ALLOW_ANONYMOUS: 'false' }]) {
      t.equal(fault({ HOST, ...more }), `HOST is "${HOST}" and must be a loopback address (127.0.0.1, ::1, localhost) as there is no sign-in, unless ALLOW_ANONYMOUS=true`)
    }
    t.match(readSettings({ HOST, ALLOW_ANONYMOUS: 'true' }, noFile), { HOST })
  }
  t.end()
})

t.test('a wrong MONGODB_URI is named without its secrets', (t) => {
  const must = 'and must be a connection string of MongoDB, mongodb://... or mongodb+srv://...'
  t.equal(fault({ MONGODB_URI: 'http://ada:s3cret@db.example/?tlsCertificateKeyFilePassword=s3cret' }), `MONGODB_URI is "http://***@db.example/?***" ${must} (Invalid scheme, expected connection string to start with "mongodb://" or "mongodb+srv://")`)
  for (const MONGODB_URI of ['ada:s3cret@db.example', 'mongodb://ada:s3cret@', 'mongodb://ada:s3cret@db.example:99999/', 'mongodb://ada:s3/cret@db.example/', 'mongodb://db.example/?unknown=s3cret']) {
    const message = fault({ MONGODB_URI })
    t.match(message, /^MONGODB_URI is ".*" and must be a connection string of MongoDB/)
    t.notMatch(message, /s3|cret/)
    t.notMatch(message, /\n/)
  }
  t.end()
})

t.test('a URI is masked down to its scheme, hosts and path', (t) => {
  t.equal(maskUri('mongodb+srv://ada:p@ss/w?rd@db.example/notes?authSource=admin'), 'mongodb+srv://***@db.example/notes?***')
  t.equal(maskUri('mongodb://a:1,b:2/'), 'mongodb://a:1,b:2/')
  t.end()
})

t.test('.env.example has each setting, in the same order, with its description and default, and it is valid', (t) => {
  const entries = [...readFileSync('.env.example', 'utf8').matchAll(/^# (.*)\n([A-Z_]+)=(.*)$/gm)].map(([, description, name, value]) => [name, description, value])
  t.strictSame(entries, Object.entries<TSchema>(settingsSchema.properties).map(([name, schema]) => [name, schema.description, schema.default === undefined ? '' : String(schema.default)]))
  t.strictSame(readSettings({}, '.env.example'), defaults)
  t.end()
})
