import { mostDisturbed } from './disturbance.js'

/** What is to be said of the share of the machine that others used, if it is known. */
export const disturbanceLine = (others: number): string[] =>
  Number.isNaN(others) ? [] : [`Other processes used ${(others * 100).toFixed(0)} % of the machine meanwhile${others > mostDisturbed ? ': TOO MUCH, the numbers are of no use' : ''}.`]

/** What the numbers of a run are about, for those who read them. */
export const conditions = ({ documents, seconds, rounds, others }: { readonly documents: number, readonly seconds: number, readonly rounds: number, readonly others: number }): string[] => [
  'All on one mongod, with the load generator on the same cores; 32 connections that are kept open; articles of about 1 kB.',
  `Each contender has a database of its own with ${documents} documents. Every write of every one waits for a majority and its journal; reads are majority reads.`,
  `${rounds} rounds of ${seconds} s, the contenders in turn, after a warm-up; medians; ± is half of the range, and a ratio is the median of those of the rounds.`,
  'CPU is that of the server process (of the bare loop: of the loop) and of mongod, in seconds per 1000 requests; the load generator\'s is not in it.',
  'In a hot document 32 editors try without a pause; lost are edits that were acknowledged and then overwritten. No server logs requests.',
  'In the one of 20 fields 64 do, each with a field that it shares with two or three; merged is the share of edits on an old version, but of a field that nobody had changed since, that were done at once.',
  ...disturbanceLine(others)
]
