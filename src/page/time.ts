const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

/** A time of the service, as a person of this place reads it. */
export const timeOf = (iso: string): string => format.format(new Date(iso))
