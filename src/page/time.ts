const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' })
const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' })

/** A time of the service, as a person of this place reads it; of today without the day. */
export const timeOf = (iso: string): string => {
  const at = new Date(iso)
  return day.format(at) === day.format(new Date()) ? time.format(at) : `${day.format(at)}, ${time.format(at)}`
}
