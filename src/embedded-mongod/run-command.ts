import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface RunCommandOptions {
  readonly env: NodeJS.ProcessEnv
  /** How long it may write nothing before it is ended, in milliseconds. */
  readonly silenceMs: number
  /** Takes each line that it writes, unless left out. */
  readonly log?: ((line: string) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs a command without a shell.
 * @returns the lines that it wrote to stdout and stderr
 * @throws an error whose message is the reason in one line: it isn't there, it failed (with its last line), it was silent for too long
 */
export const runCommand = async (command: string, args: readonly string[], { env, silenceMs, log, signal }: RunCommandOptions): Promise<string[]> => {
  const silence = new AbortController()
  const ending = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal
  const child = spawn(command, args, { env, signal: ending, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const timer = setTimeout(() => silence.abort(new Error(`${command} wrote nothing for ${silenceMs} ms and was ended`)), silenceMs)
  for (const input of [child.stdout, child.stderr]) {
    input.on('data', () => timer.refresh())
    createInterface({ input }).on('line', (line) => {
      if (line.trim() === '') return
      lines.push(line)
      log?.(line)
    })
  }
  try {
    const end = await new Promise<string>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, by) => resolve(code === null ? `signal ${String(by)}` : `exit code ${code}`))
    })
    if (end !== 'exit code 0') throw new Error(lines.at(-1) ?? end)
    return lines
  } catch (error) {
    silence.signal.throwIfAborted()
    throw error instanceof Error && 'code' in error && error.code === 'ENOENT' ? new Error(`there is no ${command}`, { cause: error }) : error
  } finally {
    clearTimeout(timer)
  }
}
