const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const month = `(?<month>${months.join('|')})`
const time = '(?<hour>[0-9]{2}):(?<minute>[0-9]{2}):(?<second>[0-9]{2})'

/** The three forms of RFC 9110 section 5.6.7. Every part has a fixed width or is one of a few words, so that nothing is tried twice. */
const forms = [
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?<day>[0-9]{2}) ${month} (?<year>[0-9]{4}) ${time} GMT$`),
  new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (?<day>[0-9]{2})-${month}-(?<year>[0-9]{2}) ${time} GMT$`),
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${month} (?<day>[0-9]{2}| [0-9]) ${time} (?<year>[0-9]{4})$`)
]

/** A two-digit year that looks more than 50 years ahead means the last year in the past with the same digits. */
const fullYear = (digits: string, now: number): number => {
  const year = Number(digits)
  if (digits.length === 4) return year
  const thisYear = new Date(now).getUTCFullYear()
  const guess = thisYear - thisYear % 100 + year
  return guess > thisYear + 50 ? guess - 100 : guess
}

/**
 * Parses an HTTP-date (RFC 9110 section 5.6.7): IMF-fixdate, or one of the obsolete forms of RFC 850 and asctime.
 * `now` is the current time in ms since the epoch, which a two-digit year depends on. Null where it is no date, such as 31 February.
 */
export const parseHttpDate = (text: string, now: number): Date | null => {
  if (text.length > 40) return null
  for (const form of forms) {
    const groups = form.exec(text)?.groups
    if (groups === undefined) continue
    const [year, month, day] = [fullYear(groups.year ?? '', now), months.indexOf(groups.month ?? ''), Number(groups.day)]
    const [hour, minute, second] = [Number(groups.hour), Number(groups.minute), Number(groups.second)]
    const date = new Date(0)
    date.setUTCFullYear(year, month, day)
    if (date.getUTCDate() !== day || hour > 23 || minute > 59 || second > 60) return null
    date.setUTCHours(hour, minute, second)
    return date
  }
  return null
}

/** Whether a time is later than an HTTP-date, at the resolution of one second that an HTTP-date has. */
export const isLaterThan = (time: Date, httpDate: Date): boolean => time.getTime() >= httpDate.getTime() + 1000
