const everyMs = 50
const stallMs = 700

/** Watches whether this process stands still, as it does where the machine is paused or overloaded: times say nothing then. */
export const watchStalls = (clock: () => number): (() => (readonly [number, number])[]) => {
  const stalls: (readonly [number, number])[] = []
  let last = clock()
  const timer = setInterval(() => {
    const now = clock()
    if (now - last > stallMs) stalls.push([last, now])
    last = now
  }, everyMs)
  return () => {
    clearInterval(timer)
    return stalls
  }
}
