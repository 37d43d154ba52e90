import { parseArgs, type ParseArgsConfig } from 'node:util'
import { LoadError } from './load-error.js'

/** Reads the flags of a command line; throws LoadError, whose line says what is wrong with them. */
export const readFlags = <const T extends NonNullable<ParseArgsConfig['options']>>(args: readonly string[], flags: T): ReturnType<typeof parseArgs<{ args: string[], options: T }>>['values'] => {
  try {
    return parseArgs({ args: [...args], options: flags }).values
  } catch (error) {
    const [line = ''] = error instanceof Error ? error.message.split('. ') : []
    throw new LoadError(`${line}: --help lists the options`)
  }
}
