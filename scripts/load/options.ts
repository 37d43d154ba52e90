import { parseDuration, parseTimeRange, type TimeRange } from './durations.js'
import { readFlags } from './flags.js'
import { LoadError } from './load-error.js'
import { editorsThatFit } from './marks.js'
import { parseStrategies, type Strategy } from './strategy.js'

/** How an API is spoken to. */
export interface ApiOptions {
  readonly method: 'PUT' | 'PATCH'
  /** The text field that edits change. */
  readonly field: string
  /** The field that holds the version; undefined: the ETag is the version. */
  readonly versionField: string | undefined
  /** Where a write says which version it edits. */
  readonly versionIn: 'header' | 'body' | 'both'
  /** Members of a created document beyond `field`. */
  readonly create: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  /** After how many milliseconds without an answer an outcome is unknown. */
  readonly timeoutMs: number
}

/** What the editors do. */
export interface EditingOptions {
  readonly editors: number
  readonly documents: number
  /** Share of the edits that go to the first document, 0 to 1; undefined: all documents alike. */
  readonly hot: number | undefined
  readonly end: { readonly kind: 'duration', readonly ms: number } | { readonly kind: 'edits', readonly count: number }
  readonly think: TimeRange
  readonly backoff: TimeRange
  readonly strategies: readonly Strategy[]
  /** Edits a second that are due, of all editors together; undefined: each editor as fast as it can. */
  readonly rate: number | undefined
  readonly seed: number
}

/** What can be started to be loaded: the service of this package, and its peers in scripts/peers. */
export const serverNames = ['noclobber', 'mongoose', 'naive'] as const

export type ServerName = typeof serverNames[number]

export type PeerName = Exclude<ServerName, 'noclobber'>

/** A whole run, as the command line asks for it. */
export interface LoadOptions {
  /** What the rest was read from. */
  readonly flags: Flags
  readonly api: ApiOptions
  readonly editing: EditingOptions
  readonly target: { readonly kind: 'url', readonly url: URL } | { readonly kind: 'own' } | { readonly kind: 'peer', readonly name: PeerName } | { readonly kind: 'compare' }
  readonly mongodbUri: string | undefined
  readonly json: string | undefined
  readonly html: string | undefined
  /** How many listen to events, in place of editors that compete; undefined: none. */
  readonly subscribers: number | undefined
  /** The port of loopback on which a page shows and starts runs, 0 for a free one; undefined: one run without a page. */
  readonly servePort: number | undefined
}

/** What `--help` prints. */
export const usage = `Usage: npm run load -- [options]

Editors read, think, change and write documents of an API at the same time; then every acknowledged edit is looked for.
Exit status: 0 nothing was lost; 1 something was (each named); 2 the run could not be made or judged.

Which API
  --url URL               collection to create documents in, such as http://127.0.0.1:4000/api/articles;
                          unless given, the service of this package, started for the run
  --against NAME          naive (find, compare, save) or mongoose (optimisticConcurrency): servers in scripts/peers
  --compare               the service, then both of those, with the same editors, in one table
  --mongodb-uri URI       MongoDB for servers that are started (also MONGODB_URI); unless given, an embedded one
  --method PUT|PATCH      PUT sends the document as it was read, with the change; PATCH the changed field (default PUT)
  --field NAME            text field that is edited (default body)
  --version-field NAME    field that holds the version; unless given, it is the ETag
  --version-in WHERE      header (If-Match), body or both (default: both for PUT, header for PATCH)
  --create JSON           more members for created documents (default {"title":"Load test"})
  --header 'NAME: VALUE'  a header for every request; may be repeated
  --timeout TIME          no answer after this: outcome unknown (default 10s)

What the editors do
  --editors N             (default 32)
  --documents N           (default 10)
  --hot SHARE             share of edits that go to the first document, 0 to 1; 1 puts all on one
  --duration TIME         (default 10s), or
  --edits N               this many edits in all, shared out evenly
  --think RANGE           between reading and writing, such as 0..50ms (default 0)
  --backoff RANGE         wait after the first refusal, and at most; doubles, with full jitter (default 1..100ms)
  --strategy NAMES        on 409 or 412: refetch, from-409, merge, client (noclobber/client), give-up,
                          or a mix such as refetch:3,give-up:1
  --rate N                edits a second that are due; latency then counts from when an edit was due
  --seed N                same seed, same edits (default 1)

Who listens
  --subscribers N         so many listen to the events of the collection while one editor makes --edits (default 100)
                          at --rate (default 10); exit status 1 if one of them missed an event, or was told it twice or late

Reports
  --serve [PORT]          a page on 127.0.0.1 (a free port unless given) where runs are started and seen live, the service and naive
                          unless --url, --against or --compare say otherwise; until Ctrl-C, with the exit status of the last run
  --json FILE             the numbers, for machines
  --html FILE             one self-contained page with plots
`

const flags = {
  url: { type: 'string' }, against: { type: 'string' }, compare: { type: 'boolean' }, 'mongodb-uri': { type: 'string' },
  method: { type: 'string', default: 'PUT' }, field: { type: 'string', default: 'body' }, 'version-field': { type: 'string' },
  'version-in': { type: 'string' }, create: { type: 'string', default: '{"title":"Load test"}' },
  header: { type: 'string', multiple: true }, timeout: { type: 'string', default: '10s' },
  editors: { type: 'string', default: '32' }, documents: { type: 'string', default: '10' }, hot: { type: 'string' },
  duration: { type: 'string' }, edits: { type: 'string' }, think: { type: 'string', default: '0' },
  backoff: { type: 'string', default: '1..100ms' }, strategy: { type: 'string', default: 'refetch' }, rate: { type: 'string' },
  seed: { type: 'string', default: '1' }, json: { type: 'string' }, html: { type: 'string' }, subscribers: { type: 'string' }, serve: { type: 'string' }, help: { type: 'boolean' }
} as const

/** A bare `--serve` takes any free port: parseArgs knows no flag whose value may be left out. */
const read = (args: readonly string[]) =>
  readFlags(args.map((arg, at) => arg === '--serve' && !/^\d/.test(args[at + 1] ?? '') ? '--serve=0' : arg), flags)

/** Those that a page may leave out though the command line gave them. */
type LeftOut = Partial<Record<'hot' | 'duration' | 'edits', string | undefined>>

/** Flags as a command line gives them. */
export type Flags = Omit<ReturnType<typeof read>, keyof LeftOut> & LeftOut

/** The largest body that the example articles take, in characters. */
const longestText = 100_000

/** The options of a command line, or undefined for `--help`; throws LoadError, whose line names the option and what it takes. */
export const parseOptions = (args: readonly string[]): LoadOptions | undefined => {
  const values = read(args)
  return values.help === true ? undefined : optionsOf(values)
}

/** The options that flags come to, `flags` themselves beside them. Throws LoadError as `parseOptions` does. */
export const optionsOf = (values: Flags): LoadOptions => ({
  flags: values,
  api: readApi(values),
  editing: readEditing(values),
  target: readTarget(values),
  mongodbUri: values['mongodb-uri'],
  json: values.json,
  html: values.html,
  subscribers: readSubscribers(values),
  servePort: readPort(values)
})

const readTarget = ({ url, against, compare }: Flags): LoadOptions['target'] => {
  if ([url, against, compare].filter((value) => value !== undefined).length > 1) throw new LoadError('give only one of --url, --against and --compare')
  if (compare === true) return { kind: 'compare' }
  if (url !== undefined) {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw new LoadError(`--url ${url}: give the URL of a collection, such as http://127.0.0.1:4000/api/articles`)
    return { kind: 'url', url: parsed }
  }
  if (against === undefined) return { kind: 'own' }
  if (against !== 'naive' && against !== 'mongoose') throw new LoadError(`--against ${against}: give naive or mongoose`)
  return { kind: 'peer', name: against }
}

const readPort = ({ serve }: Flags): number | undefined => {
  if (serve === undefined) return undefined
  if (!/^\d{1,5}$/.test(serve) || Number(serve) > 65_535) throw new LoadError(`--serve ${serve}: give a port from 0 to 65535, or none for a free one`)
  return Number(serve)
}

const readSubscribers = ({ subscribers, against, compare, html, duration, serve }: Flags): number | undefined => {
  if (subscribers === undefined) return undefined
  const other = Object.entries({ against, compare, html, duration, serve }).find(([, value]) => value !== undefined)?.[0]
  if (other !== undefined) throw new LoadError(`--subscribers goes with --url, --documents, --edits, --rate, --header, --timeout and --json, not with --${other}`)
  return readInteger(subscribers, '--subscribers', 100_000)
}

const readApi = (values: Flags): ApiOptions => {
  const method = values.method.toUpperCase()
  if (method !== 'PUT' && method !== 'PATCH') throw new LoadError(`--method ${values.method}: give PUT or PATCH`)
  const versionIn = values['version-in'] ?? (method === 'PUT' ? 'both' : 'header')
  if (versionIn !== 'header' && versionIn !== 'body' && versionIn !== 'both') throw new LoadError(`--version-in ${versionIn}: give header, body or both`)
  if (versionIn === 'body' && parseStrategies(values.strategy).includes('client')) throw new LoadError('--strategy client: the client sends the version in If-Match: give --version-in header or both')
  if (versionIn === 'body' && values['version-field'] === undefined) throw new LoadError('--version-in body: give --version-field too, the field that holds the version')
  return {
    method,
    versionIn,
    field: values.field,
    versionField: values['version-field'],
    create: readObject(values.create),
    headers: Object.fromEntries((values.header ?? []).map(readHeader)),
    timeoutMs: parseDuration(values.timeout, '--timeout')
  }
}

const readObject = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {}
  throw new LoadError(`--create ${text}: give a JSON object such as {"title":"Load test"}`)
}

const readHeader = (line: string): [string, string] => {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(.*)$/.exec(line) ?? []
  if (name === undefined || value === undefined) throw new LoadError(`--header ${line}: give 'Name: value'`)
  return [name.toLowerCase(), value]
}

const readEditing = (values: Flags): EditingOptions => {
  const most = editorsThatFit(longestText)
  if (values.duration !== undefined && values.edits !== undefined) throw new LoadError('give only one of --duration and --edits')
  return {
    editors: readInteger(values.editors, '--editors', most),
    documents: readInteger(values.documents, '--documents', 100_000),
    hot: values.hot === undefined ? undefined : readShare(values.hot),
    end: values.edits === undefined
      ? { kind: 'duration', ms: parseDuration(values.duration ?? '10s', '--duration') }
      : { kind: 'edits', count: readInteger(values.edits, '--edits', 100_000_000) },
    think: parseTimeRange(values.think, '--think'),
    backoff: parseTimeRange(values.backoff, '--backoff'),
    strategies: parseStrategies(values.strategy),
    rate: values.rate === undefined ? undefined : readInteger(values.rate, '--rate', 1_000_000),
    seed: readInteger(values.seed, '--seed', 0x7fffffff)
  }
}

const readInteger = (text: string, flag: string, most: number): number => {
  const value = /^\d+$/.test(text) ? Number(text) : 0
  if (value < 1 || value > most) throw new LoadError(`${flag} ${text}: give an integer from 1 to ${most}`)
  return value
}

const readShare = (text: string): number => {
  const value = /^(?:0|1|0?\.\d+|1\.0+)$/.test(text) ? Number(text) : NaN
  if (!(value >= 0 && value <= 1)) throw new LoadError(`--hot ${text}: give a share of the edits from 0 to 1; 1 puts all on one document`)
  return value
}
