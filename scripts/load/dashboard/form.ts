import { LoadError } from '../load-error.js'
import { optionsOf, serverNames, type Flags, type LoadOptions, type ServerName } from '../options.js'
import { optionNames, type Refusal, type RunForm } from './state.js'

const serversOf = (target: LoadOptions['target']): readonly ServerName[] => {
  switch (target.kind) {
    case 'url': return []
    case 'own': return ['noclobber', 'naive']
    case 'peer': return ['noclobber', target.name]
    case 'compare': return serverNames
  }
}

/** What the page shows at first: what the command line says, else its defaults. */
export const formOf = ({ flags, target }: LoadOptions): RunForm => ({
  editors: flags.editors,
  documents: flags.documents,
  hot: flags.hot ?? '',
  duration: flags.duration ?? (flags.edits === undefined ? '10s' : ''),
  edits: flags.edits ?? '',
  think: flags.think,
  strategy: flags.strategy,
  servers: serversOf(target)
})

const given = (text: string): string | undefined => text === '' ? undefined : text

/** The options of a run that the page asks for, the rest being those of the command line. Throws LoadError as the command line does. */
export const readForm = (flags: Flags, { editors, documents, hot, duration, edits, think, strategy }: RunForm): LoadOptions =>
  optionsOf({ ...flags, editors, documents, think, strategy, hot: given(hot), duration: given(duration), edits: given(edits) })

/** The servers that the page asks for, in the order in which they run. Throws LoadError where there is none. */
export const readServers = ({ servers }: RunForm): readonly ServerName[] => {
  const chosen = serverNames.filter((name) => servers.includes(name))
  if (chosen.length === 0) throw new LoadError(`choose at least one server, of ${serverNames.join(', ')}`)
  return chosen
}

/** What to tell the page of options that `readForm` refused. */
export const refusalOf = ({ message }: LoadError): Refusal =>
  ({ message, option: optionNames.find((name) => message.startsWith(`--${name} `)) })
