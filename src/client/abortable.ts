/** What `work` gives, unless the signal is aborted first: then it rejects with the signal's reason. */
export const abortable = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (signal === undefined) return await work
  let abort: () => void = () => undefined
  const aborted = new Promise<void>((resolve) => {
    abort = resolve
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([work, aborted.then((): never => { throw signal.reason })])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** Waits for `ms`, or rejects with the signal's reason when it is aborted before. */
export const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await abortable(new Promise((resolve) => { timer = setTimeout(resolve, ms) }), signal)
  } finally {
    clearTimeout(timer)
  }
}
