import { BlockList, isIP } from 'node:net'
import { Type, type Static, type TObject, type TSchema } from '@sinclair/typebox'
import { envSchema, type EnvSchemaOpt } from 'env-schema'
import { MongoClient } from 'mongodb'
import { hasTokens, tokenSettingsFaults } from './sign-in/token-settings.js'
import { startError } from './start-error.js'
import { readTrustProxy } from './trust-proxy.js'

const OneOf = <const T extends string>(values: readonly T[], options: { description: string, default: T }) =>
  Type.Unsafe<T>({ type: 'string', enum: values, ...options })

const daysOfTtl = 24_855

/** The settings, by the name of their environment variable. What is set to nothing (`PORT=`) counts as not set. */
export const settingsSchema = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', description: 'Address to listen on; other than loopback needs sign-in, or ALLOW_ANONYMOUS=true.' }),
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 3000, description: 'Port to listen on; 0 picks a free one.' }),
  ALLOW_ANONYMOUS: Type.Boolean({ default: false, description: 'true: anybody who can reach HOST may read and write, without sign-in.' }),
  AUTH_JWT_SECRET: Type.Optional(Type.String({ description: 'Secret of at least 32 bytes that tokens are signed with (HS256); sets up sign-in.' })),
  AUTH_JWKS_URL: Type.Optional(Type.String({ description: 'URL of the public keys that tokens are signed with (JWKS); sets up sign-in, in place of a secret.' })),
  AUTH_JWT_ISSUER: Type.Optional(Type.String({ description: 'What a token must have in iss; unless set, anything.' })),
  AUTH_JWT_AUDIENCE: Type.Optional(Type.String({ description: 'What a token must have in aud; unless set, anything.' })),
  MONGODB_URI: Type.Optional(Type.String({ description: 'MongoDB replica set to use; unless set, the service runs a mongod of its own.' })),
  MONGODB_DB: Type.String({ pattern: '^[^/\\\\. "$*<>:|?\\0]{1,63}$', title: 'a database name: 1 to 63 characters, none of them / \\ . " $ * < > : | ? or space', default: 'noclobber', description: 'Name of the database.' }),
  DATA_DIR: Type.String({ default: '.data', description: 'Directory for the data of the service\'s own mongod.' }),
  MONGOD_BINARY: Type.Optional(Type.String({ description: 'Path of the mongod to run; unless set, the one on the PATH, in the cache, or a download.' })),
  BODY_LIMIT: Type.Integer({ minimum: 1024, maximum: 16_777_216, default: 1_048_576, description: 'Largest body of a request, in bytes.' }),
  REQUEST_TIMEOUT_MS: Type.Integer({ minimum: 100, maximum: 3_600_000, default: 30_000, description: 'How long a request may take to arrive whole, in milliseconds.' }),
  HANDLER_TIMEOUT_MS: Type.Integer({ minimum: 0, maximum: 3_600_000, default: 30_000, description: 'How long a request may take to be answered once it has arrived, in milliseconds; 0 is for ever.' }),
  MAX_CONCURRENT_REQUESTS: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 2_000, description: 'Requests that a process handles at once, above which it answers 503; 0 is any number.' }),
  MAX_EVENT_LOOP_DELAY_MS: Type.Integer({ minimum: 0, maximum: 60_000, default: 1_000, description: 'Mean delay of the event loop, in milliseconds, above which a process answers 503; 0 is any.' }),
  MAX_SUBSCRIBERS: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 2_000, description: 'Clients that a process tells of changes at once, above which it answers 503.' }),
  MAX_SUBSCRIBER_BYTES: Type.Integer({ minimum: 4_096, maximum: 16_777_216, default: 65_536, description: 'What may wait for one client that listens to changes to read it, in bytes, before it is cut off.' }),
  RATE_LIMIT_MAX: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'Requests of one client per minute and process, above which the answer is 429; 0 is any number. Unless set: 6000 with sign-in, any number without.' })),
  TRUST_PROXY: Type.Optional(Type.String({ description: 'Addresses and networks, separated by commas, of the proxies that are believed about the address of a client.' })),
  CORS_ORIGIN: Type.Optional(Type.String({ description: 'Origins whose pages may call the service, separated by commas; * is any.' })),
  SECURITY_HEADERS: Type.Boolean({ default: true, description: 'false: replies have no Content-Security-Policy and the like, where a proxy sets them.' }),
  COMPRESSION: Type.Boolean({ default: true, description: 'false: bodies are never compressed.' }),
  METRICS: Type.Boolean({ default: true, description: 'false: nothing is counted, and there is no /metrics.' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.Optional(Type.String({ description: 'URL of an OpenTelemetry collector (OTLP over HTTP) that traces are sent to.' })),
  INSTANCES: Type.Integer({ minimum: 1, maximum: 64, default: 1, description: 'How many processes of the service share the port.' }),
  CLOSE_GRACE_MS: Type.Integer({ minimum: 100, maximum: 600_000, default: 10_000, description: 'How long the service may take to stop, in milliseconds.' }),
  TOMBSTONE_DAYS: Type.Integer({ minimum: 0, maximum: daysOfTtl, default: 0, description: 'How many days the version of a deleted document is remembered; 0 is for ever.' }),
  STORE_MODE: OneOf(['group', 'single'], { default: 'group', description: 'group: writes that arrive together share one command; single: one command for each.' }),
  READ_CONCERN: OneOf(['majority', 'linearizable'], { default: 'majority', description: 'majority: a GET shows nothing that can vanish; linearizable: it also asks a majority first, at a cost, and is never behind.' }),
  HISTORY_LIMIT: Type.Integer({ minimum: 0, maximum: 100_000, default: 50, description: 'How many versions of a document can be had, the current one included; 0 keeps no history.' }),
  KEPT_BYTES: Type.Integer({ minimum: 0, maximum: 17_179_869_184, default: 67_108_864, description: 'Content that is kept in memory for each resource, in bytes; 0 keeps nothing.' }),
  LOG_LEVEL: OneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], { default: 'info', description: 'Least severity that is logged.' })
})

export type Settings = Static<typeof settingsSchema>

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const isLoopback = (host: string): boolean => {
  const family = isIP(host)
  return family === 0 ? host === 'localhost' : loopback.check(host, family === 4 ? 'ipv4' : 'ipv6')
}

/** A MongoDB URI without its credentials and options, either of which may hold a secret; safe to print. */
export const maskUri = (uri: string): string => uri.replace(/^([^:/?]*:\/\/)?.*@/s, '$1***@').replace(/\?.*$/s, '?***')

const allowed = (schema: TSchema): string => {
  const { enum: values, title, type, minimum, maximum }: { enum?: readonly string[], title?: string, type?: string, minimum?: number, maximum?: number } = schema
  if (values) return `one of ${values.join(', ')}`
  if (type === 'integer') return `an integer from ${String(minimum)} to ${String(maximum)}`
  if (type === 'boolean') return 'true or false'
  return title ?? 'a string'
}

const sentence = (name: string, value: string | undefined, must: string): string => {
  const shown = name === 'MONGODB_URI' ? maskUri(value ?? '') : (value ?? '')
  return `${name} is ${JSON.stringify(shown.slice(0, 100))} and must be ${must}`
}

interface Invalid { readonly errors: readonly { readonly instancePath: string }[] }
const isInvalid = (error: unknown): error is Error & Invalid => error instanceof Error && 'errors' in error && Array.isArray(error.errors)

/** The raw values, as text, that the settings were read from. */
const readRaw = (env: NodeJS.ProcessEnv, envFile: string): Record<string, string> => {
  const names = Object.keys(settingsSchema.properties)
  const text: TObject = Type.Object(Object.fromEntries(names.map((name) => [name, Type.Optional(Type.String())])))
  const given = Object.fromEntries(names.map((name) => [name, env[name]] as const).filter(([, value]) => value !== undefined && value !== ''))
  try {
    const raw = envSchema<Record<string, string>>({ schema: text, data: given, env: false, dotenv: { path: envFile } })
    return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== ''))
  } catch (error) {
    throw startError(`${envFile} cannot be read: ${error instanceof Error ? error.message : String(error)}`, error)
  }
}

const uriFault = (uri: string | undefined): string | undefined => {
  if (uri === undefined) return undefined
  try {
    new MongoClient(uri)
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message.replaceAll(uri, maskUri(uri)) : ''
    return sentence('MONGODB_URI', uri, `a connection string of MongoDB, mongodb://... or mongodb+srv://... (${reason})`)
  }
}

/** The origins of CORS_ORIGIN. */
export const readOrigins = (text: string): string[] => text.split(',').map((origin) => origin.trim())

const isOrigin = (text: string): boolean => text === '*' || (/^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text)
const isHttpUrl = (text: string): boolean => /^https?:/.test(text) && URL.canParse(text)

/** Settings of a form that a JSON Schema can't tell. */
const formFaults = ({ TRUST_PROXY: proxies, CORS_ORIGIN: origins, OTEL_EXPORTER_OTLP_ENDPOINT: collector }: Record<string, string>): string[] => [
  ...(proxies !== undefined && readTrustProxy(proxies) === undefined ? [sentence('TRUST_PROXY', proxies, 'addresses or networks such as 127.0.0.1, 10.0.0.0/8, loopback, separated by commas')] : []),
  ...(origins !== undefined && !readOrigins(origins).every(isOrigin) ? [sentence('CORS_ORIGIN', origins, '*, or origins such as https://app.example, without a path, separated by commas')] : []),
  ...(collector !== undefined && !isHttpUrl(collector) ? [sentence('OTEL_EXPORTER_OTLP_ENDPOINT', collector, 'a URL such as http://127.0.0.1:4318')] : [])
]

/** With strictNumbers, its default, Ajv turns "Infinity" into a number and then doesn't compare it with minimum and maximum. */
const withFiniteNumbers: EnvSchemaOpt['ajv'] = {
  customOptions: (ajv) => {
    ajv.opts.strictNumbers = false
    return ajv
  }
}

/**
 * Reads the settings: the environment first, then the file, then the defaults.
 * @param env the environment
 * @param envFile path of a file of NAME=value lines; it need not be there
 * @throws a start error that names each wrong setting, its value (without secrets) and what is allowed
 */
export const readSettings = (env: NodeJS.ProcessEnv = process.env, envFile = '.env'): Settings => {
  const raw = readRaw(env, envFile)
  const faults: string[] = []
  let settings: Settings | undefined
  try {
    settings = envSchema<Settings>({ schema: settingsSchema, data: { ...raw }, env: false, ajv: withFiniteNumbers })
  } catch (error) {
    if (!isInvalid(error)) throw error
    for (const name of new Set(error.errors.map(({ instancePath }) => instancePath.slice(1)))) {
      const schema = Object.entries<TSchema>(settingsSchema.properties).find(([key]) => key === name)?.[1]
      faults.push(schema ? sentence(name, raw[name], allowed(schema)) : error.message)
    }
  }
  const fault = uriFault(raw.MONGODB_URI)
  if (fault !== undefined) faults.push(fault)
  faults.push(...formFaults(raw))
  const host = raw.HOST ?? settingsSchema.properties.HOST.default as string
  faults.push(...tokenSettingsFaults(raw))
  if (!isLoopback(host) && raw.ALLOW_ANONYMOUS !== 'true' && !hasTokens(raw)) {
    faults.push(sentence('HOST', host, 'a loopback address (127.0.0.1, ::1, localhost) as there is no sign-in, unless ALLOW_ANONYMOUS=true'))
  }
  if (settings === undefined || faults.length > 0) throw startError(faults.join('; '))
  return settings
}
