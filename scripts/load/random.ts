import { uniformFloat32 } from 'pure-rand/distribution/uniformFloat32'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** A stream of numbers that its seed determines. */
export interface Random {
  /** A float, 0 <= x < 1. */
  readonly float: () => number
  /** An integer, 0 <= x < `below`. */
  readonly int: (below: number) => number
}

/** A stream of its own for each `seed` and `stream`: what one draws never shifts what another draws. */
export const randomStream = (seed: number, stream: number): Random => {
  const generator = xoroshiro128plus(Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b))
  return {
    float: () => uniformFloat32(generator),
    int: (below) => uniformInt(generator, 0, below - 1)
  }
}
