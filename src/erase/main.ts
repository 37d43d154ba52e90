import { eraseCommand } from './erase-command.js'

const say = (line: string): void => void process.stderr.write(`noclobber: ${line}\n`)

try {
  process.stdout.write(`noclobber: ${await eraseCommand(process.argv[2], { env: process.env, log: say })}\n`)
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
